using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace TiupDmNet.Rollout.Events;

/// <summary>
/// An event as one JSON object: <c>time</c> (UTC, RFC 3339), <c>event</c> (camel case name), <c>node</c> where it is about one,
/// then its own fields; durations are seconds. The journal and <c>--format json</c> use the same.
/// </summary>
public static class EventJson
{
    private static readonly JsonSerializer Serializer = JsonSerializer.Create(new JsonSerializerSettings
    {
        ContractResolver = new CamelCasePropertyNamesContractResolver(),
        Converters = { new StringEnumConverter(new CamelCaseNamingStrategy()), new SecondsConverter() },
    });

    public static JObject Write(RolloutEvent happened)
    {
        var json = new JObject
        {
            ["time"] = happened.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["event"] = NameOf(happened.GetType()),
        };
        if (happened.NodeId.Length > 0)
        {
            json["node"] = happened.NodeId;
        }

        foreach (var property in JObject.FromObject(happened, Serializer).Properties())
        {
            if (property.Name is not ("at" or "nodeId" or "isTransient"))
            {
                json[property.Name] = property.Value;
            }
        }

        return json;
    }

    /// <summary><c>nodeStopped</c> for <see cref="NodeStopped"/>.</summary>
    public static string NameOf(Type type) => char.ToLowerInvariant(type.Name[0]) + type.Name[1..];

    private sealed class SecondsConverter : JsonConverter<TimeSpan>
    {
        public override bool CanRead => false;

        public override void WriteJson(JsonWriter writer, TimeSpan value, JsonSerializer serializer) => writer.WriteValue(Math.Round(value.TotalSeconds, 3));

        public override TimeSpan ReadJson(JsonReader reader, Type objectType, TimeSpan existingValue, bool hasExistingValue, JsonSerializer serializer) => throw new NotSupportedException();
    }
}
