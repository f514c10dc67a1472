using System.Text.Json;

namespace TiupDmNet.Mirror.Manifests;

/// <summary>
/// Reads the members of a JSON object as TiUP's decoder does: what is missing or null has its type's zero value, what is unknown is
/// passed over, a wrong type is an error.
/// </summary>
internal readonly record struct Fields(JsonElement Element, Origin Origin)
{
    public string Text(string name) => Get(name, JsonValueKind.String) is { } value
        ? value.GetString()!
        : "";

    public long Number(string name)
    {
        if (Get(name, JsonValueKind.Number) is not { } value)
        {
            return 0;
        }

        return value.TryGetInt64(out var number) && number >= 0 ? number : throw Refuse($"'{name}' is {value.GetRawText()}, and must be a whole number from 0 on");
    }

    public bool Flag(string name) => Member(name) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        _ => throw Refuse($"'{name}' is neither true nor false"),
    };

    /// <summary>The object under a name; one without members when it is missing.</summary>
    public Fields Object(string name) => new(Get(name, JsonValueKind.Object) ?? default, Origin);

    public IReadOnlyList<string> Texts(string name)
    {
        if (Get(name, JsonValueKind.Array) is not { } array)
        {
            return [];
        }

        var refuse = Refuse($"'{name}' has an entry that is no text");
        return [.. array.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw refuse)];
    }

    /// <summary>Every member, which must be an object itself.</summary>
    public IEnumerable<(string Name, Fields Value)> Members()
    {
        if (Element.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (var member in Element.EnumerateObject())
        {
            yield return member.Value.ValueKind == JsonValueKind.Object
                ? (member.Name, new Fields(member.Value, Origin))
                : throw Refuse($"'{member.Name}' is no JSON object");
        }
    }

    public DateTimeOffset Time(string name) => Rfc3339.TryParse(Text(name), out var time)
        ? time
        : throw Refuse($"'{name}' is '{Text(name)}', which is no RFC 3339 time");

    public UntrustedException Refuse(string why) => Origin.Refuse(TrustRule.Content, why);

    private JsonElement? Get(string name, JsonValueKind kind)
    {
        var value = Member(name);
        return value is null || value.Value.ValueKind == kind ? value : throw Refuse($"'{name}' is not of the JSON type {kind}");
    }

    private JsonElement? Member(string name) =>
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
