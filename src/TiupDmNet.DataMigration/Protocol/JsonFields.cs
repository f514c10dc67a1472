using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace TiupDmNet.DataMigration.Protocol;

/// <summary>
/// Reads what DM's gateway writes (jsonpb: 64-bit numbers as text, enums by name or, when unknown, by number) without insisting on
/// more than is needed: other fields are ignored, absent ones and nulls are empty. What has another shape is a <see cref="JsonException"/>.
/// </summary>
internal static class JsonFields
{
    public static JObject ParseObject(string text)
    {
        using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
        var read = JToken.ReadFrom(reader);
        if (reader.Read())
        {
            throw new JsonException("there is something behind its end");
        }

        return read as JObject ?? throw new JsonException("it is not an object");
    }

    public static string Text(this JObject part, string name) => part[name] switch
    {
        null or { Type: JTokenType.Null } => "",
        JValue value => Convert.ToString(value.Value, CultureInfo.InvariantCulture) ?? "",
        _ => throw new JsonException($"\"{name}\" is not a text"),
    };

    public static bool? Flag(this JObject part, string name) => part.Text(name).ToUpperInvariant() switch
    {
        "" => null,
        "TRUE" => true,
        "FALSE" => false,
        _ => throw new JsonException($"\"{name}\" is neither true nor false"),
    };

    public static long? Number(this JObject part, string name) =>
        part.Text(name) is { Length: > 0 } text
            ? long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new JsonException($"\"{name}\" is not a number")
            : null;

    public static JObject? Part(this JObject part, string name) => part[name] switch
    {
        null or { Type: JTokenType.Null } => null,
        JObject inner => inner,
        _ => throw new JsonException($"\"{name}\" is not an object"),
    };

    public static IEnumerable<JObject> Parts(this JObject part, string name) =>
        part.Items(name).Select(item => item as JObject ?? throw new JsonException($"\"{name}\" holds something that is not an object"));

    public static IEnumerable<string> Texts(this JObject part, string name) =>
        part.Items(name).Select(item => item is JValue { Value: string text } ? text : throw new JsonException($"\"{name}\" holds something that is not a text"));

    private static JArray Items(this JObject part, string name) => part[name] switch
    {
        null or { Type: JTokenType.Null } => [],
        JArray items => items,
        _ => throw new JsonException($"\"{name}\" is not a list"),
    };
}
