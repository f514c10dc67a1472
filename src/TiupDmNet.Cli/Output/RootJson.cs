using Newtonsoft.Json.Linq;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Output;

/// <summary>A mirror's root in JSON, the same wherever it is shown.</summary>
internal static class RootJson
{
    public static JObject Of(RootSummary root) => Of(root.Version, root.Expires, root.Threshold, root.KeyIds);

    /// <returns>With the days that are left; null for none.</returns>
    public static JToken Of(RoleStatus? root, DateTimeOffset now)
    {
        if (root is null)
        {
            return JValue.CreateNull();
        }

        var document = Of(root.Version, root.Expires, root.Threshold, root.KeyIds);
        document["expires"]!.Parent!.AddAfterSelf(new JProperty("daysLeft", root.DaysLeft(now)));
        return document;
    }

    private static JObject Of(long version, DateTimeOffset expires, int threshold, IReadOnlyList<string> keyIds) => new()
    {
        ["version"] = version,
        ["expires"] = expires.UtcDateTime,
        ["threshold"] = threshold,
        ["keys"] = new JArray(keyIds),
    };
}
