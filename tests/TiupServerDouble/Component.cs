using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using TiupDmNet.Mirror.Manifests;

namespace TiupServerDouble;

/// <summary>
/// A component manifest in the types of Go's server: what those do not know is lost, what is missing has its zero value, and signatures
/// are checked over what they write. (pingcap/tiup pkg/repository/v1manifest/types.go)
/// </summary>
internal sealed record Component
{
    [JsonPropertyName("_type")]
    public string Type { get; init; } = "";

    [JsonPropertyName("spec_version")]
    public string SpecVersion { get; init; } = "";

    [JsonPropertyName("expires")]
    public string Expires { get; init; } = "";

    [JsonPropertyName("version")]
    public uint Version { get; init; }

    [JsonPropertyName("id")]
    public string Id { get; init; } = "";

    [JsonPropertyName("description")]
    public string Description { get; init; } = "";

    [JsonPropertyName("nightly")]
    public string Nightly { get; init; } = "";

    [JsonPropertyName("platforms")]
    public Dictionary<string, Dictionary<string, Item>>? Platforms { get; init; }

    [JsonIgnore]
    public IEnumerable<Item> Items => Platforms?.Values.SelectMany(versions => versions.Values) ?? [];

    public byte[] Canonical() => CanonicalJson.Write(JsonSerializer.SerializeToNode(this));
}

internal sealed record Item
{
    [JsonPropertyName("url")]
    public string Url { get; init; } = "";

    [JsonPropertyName("yanked")]
    public bool Yanked { get; init; }

    [JsonPropertyName("entry")]
    public string Entry { get; init; } = "";

    [JsonPropertyName("released")]
    public string Released { get; init; } = "";

    [JsonPropertyName("dependencies")]
    public Dictionary<string, string>? Dependencies { get; init; }

    [JsonPropertyName("hashes")]
    public Dictionary<string, string>? Hashes { get; init; }

    [JsonPropertyName("length")]
    public uint Length { get; init; }
}

internal sealed record Signature([property: JsonPropertyName("keyid")] string KeyId, [property: JsonPropertyName("sig")] string Value);

internal sealed record ComponentFile
{
    [JsonPropertyName("signatures")]
    public Signature[] Signatures { get; init; } = [];

    [JsonPropertyName("signed")]
    public Component Signed { get; init; } = new();

    /// <summary>The file that the server writes.</summary>
    public byte[] ToFile() => CanonicalJson.Write(new JsonObject
    {
        ["signatures"] = JsonSerializer.SerializeToNode(Signatures),
        ["signed"] = JsonSerializer.SerializeToNode(Signed),
    });
}
