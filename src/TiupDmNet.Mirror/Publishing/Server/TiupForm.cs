using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing.Server;

/// <summary>
/// A component manifest with exactly the fields that tiup-server knows. It decodes what it is sent into its own types, and then checks
/// the signature over what those types write: a field that it does not know, or one left out, makes a good signature a wrong one.
/// (pingcap/tiup pkg/repository/v1manifest/types.go:49, :107, :118)
/// </summary>
internal static class TiupForm
{
    public static JsonObject Of(JsonObject component) => new()
    {
        ["_type"] = RoleNames.Component,
        ["spec_version"] = Text(component, "spec_version"),
        ["expires"] = Text(component, "expires"),
        ["version"] = Number(component, "version"),
        ["id"] = Text(component, "id"),
        ["description"] = Text(component, "description"),
        ["nightly"] = Text(component, "nightly"),
        ["platforms"] = Map(component["platforms"], platform => Map(platform, Item)),
    };

    private static JsonObject Item(JsonNode? item) => new()
    {
        ["url"] = Text(item, "url"),
        ["yanked"] = (bool?)item?["yanked"] ?? false,
        ["entry"] = Text(item, "entry"),
        ["released"] = Text(item, "released"),
        ["dependencies"] = item?["dependencies"]?.DeepClone(),
        ["hashes"] = item?["hashes"]?.DeepClone(),
        ["length"] = Number(item, "length"),
    };

    private static JsonObject? Map(JsonNode? map, Func<JsonNode?, JsonNode?> convert) =>
        map is null ? null : new JsonObject(map.AsObject().Select(member => KeyValuePair.Create(member.Key, convert(member.Value))));

    private static string Text(JsonNode? holder, string name) => (string?)holder?[name] ?? "";

    private static long Number(JsonNode? holder, string name) => (long?)holder?[name] ?? 0;
}
