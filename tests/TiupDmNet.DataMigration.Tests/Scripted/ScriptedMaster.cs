using System.Net.Security;
using System.Web;
using Newtonsoft.Json.Linq;

namespace TiupDmNet.DataMigration.Tests.Scripted;

/// <summary>A dm-master of which a test says what it answers. It is strict like the real one: other paths are 501.</summary>
internal sealed class ScriptedMaster(string name, SslServerAuthenticationOptions? tls = null) : ScriptedProcess(tls)
{
    public const string MembersPath = "GET /apis/v1alpha1/members";
    public const string TasksPath = "GET /apis/v1alpha1/status/";
    public const string SourcesPath = "PUT /apis/v1alpha1/sources";

    public MasterEndpoint Endpoint => new(name, "127.0.0.1", Port);

    /// <summary>How messages call it.</summary>
    public string Title => $"dm-master {name} ({Address})";

    public ScriptedMaster Members(params string[] json)
    {
        var next = -1;
        On(MembersPath, question => Task.FromResult(Reply.Json(Select(json[Math.Min(Interlocked.Increment(ref next), json.Length - 1)], question))));
        return this;
    }

    /// <summary>Waits with the answer.</summary>
    public ScriptedMaster Members(Task happened, string json)
    {
        On(MembersPath, async question =>
        {
            await happened;
            return Reply.Json(Select(json, question));
        });
        return this;
    }

    public ScriptedMaster Members(Reply reply) => Answer(MembersPath, reply);

    public ScriptedMaster Tasks(string json) => Answer(TasksPath, Reply.Json(json));

    public ScriptedMaster Tasks(Reply reply) => Answer(TasksPath, reply);

    public ScriptedMaster Sources(string json) => Answer(SourcesPath, Reply.Json(json));

    public ScriptedMaster Sources(Reply reply) => Answer(SourcesPath, reply);

    /// <summary>The cluster of dm-api.md §2, well.</summary>
    public ScriptedMaster Well() => Members(Answers.Members).Tasks(Answers.Tasks).Sources(Answers.Sources);

    private ScriptedMaster Answer(string path, Reply reply)
    {
        On(path, reply);
        return this;
    }

    /// <summary>Only the parts and names asked for, as ListMember does.</summary>
    private static string Select(string json, Question question)
    {
        var query = HttpUtility.ParseQueryString(question.Line.Split('?', 2)[1]);
        var answer = JObject.Parse(json);
        string[] kinds = ["leader", "master", "worker"];
        var asked = kinds.Any(kind => query[kind] == "true") ? kinds.Where(kind => query[kind] == "true").ToArray() : kinds;
        var parts = ((JArray)answer["members"]!).OfType<JObject>().Where(part => asked.Any(part.ContainsKey)).ToList();
        var names = query.GetValues("names");
        foreach (var member in parts.SelectMany(part => part.Descendants().OfType<JObject>()).Where(member => names is not null && member["name"] is not null && !names.Contains((string?)member["name"])).ToList())
        {
            if (member.Parent is JArray)
            {
                member.Remove();
            }
            else
            {
                member["name"] = "";
                member["addr"] = "";
            }
        }

        answer["members"] = new JArray(parts);
        return answer.ToString();
    }
}
