using Newtonsoft.Json.Linq;
using TiupDmNet.DataMigration.Tests.Scripted;

namespace TiupDmNet.DataMigration.Tests;

public sealed class MalformedAnswerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_a_master_answers_is_a_picture_or_an_error_of_ours(int seed)
    {
        var random = new Random(seed);
        await using var master = new ScriptedMaster("m1");
        using var cluster = Clusters.Of(master);
        for (var round = 0; round < 25; round++)
        {
            master.Members(Reply.Json(Damage(Answers.Members, random))).Tasks(Damage(Answers.Tasks, random)).Sources(Damage(Answers.Sources, random));
            try
            {
                var seen = await cluster.ObserveThroughAsync(master.Endpoint, default);
                Assert.Empty(SnapshotComparison.LostSources(seen, seen));
                await cluster.GetDisplayStatusAsync(TimeSpan.FromSeconds(20), default);
            }
            catch (DmException e)
            {
                Assert.StartsWith(master.Title, e.Message, StringComparison.Ordinal);
            }
        }
    }

    private static string Damage(string json, Random random)
    {
        if (random.Next(10) == 0)
        {
            return json[..random.Next(json.Length)];
        }

        var answer = JObject.Parse(json);
        for (var wounds = random.Next(3); wounds > 0; wounds--)
        {
            var places = answer.Descendants().OfType<JProperty>().ToList();
            var place = places[random.Next(places.Count)];
            switch (random.Next(8))
            {
                case 0:
                    place.Remove();
                    break;
                case 1:
                    place.Value = JValue.CreateNull();
                    break;
                case 2:
                    place.Value = random.Next();
                    break;
                case 3:
                    place.Value = "";
                    break;
                case 4:
                    place.Value = new JArray(places[random.Next(places.Count)].Value.DeepClone());
                    break;
                case 5:
                    place.Value = new JObject();
                    break;
                default:
                    place.Value = places[random.Next(places.Count)].Value.DeepClone();
                    break;
            }
        }

        return answer.ToString();
    }
}
