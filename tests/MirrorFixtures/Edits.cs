using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.MirrorFixtures;

/// <summary>What attacks do to a mirror more than once.</summary>
internal static class Edits
{
    /// <summary>Changes a file that is signed already; the signatures stay as they are.</summary>
    public static void Change(this RepositorySimulator mirror, string file, Action<JsonNode> change)
    {
        var document = JsonNode.Parse(mirror.Files[file])!;
        change(document);
        mirror.Files[file] = CanonicalJson.Write(document);
    }

    /// <summary>The <c>keys</c> of a role or an owner.</summary>
    public static JsonObject Keys(params string[] names) =>
        new(names.Select(KeyPool.Get).Select(key => KeyValuePair.Create(key.Id, (JsonNode?)key.Public.ToJson())));

    public static PrivateKey[] Signers(params string[] names) => [.. names.Select(KeyPool.Get)];

    public static JsonObject Package(this RepositorySimulator mirror) =>
        mirror.ComponentDrafts["dm-worker"]["platforms"]!["linux/amd64"]!["v8.5.0"]!.AsObject();

    /// <summary>The next root, and everything below it anew.</summary>
    public static void PublishNextRoot(this RepositorySimulator mirror, Action<JsonObject> change)
    {
        change(mirror.NextRoot());
        mirror.PublishRoot();
        mirror.Publish();
    }

    /// <summary>Replaces the first root: the one that trust starts from.</summary>
    public static void ReplaceFirstRoot(this RepositorySimulator mirror, Action<JsonObject> change)
    {
        change(mirror.RootDraft);
        mirror.Files.Clear();
        mirror.AddVersion("dm-worker", "v8.5.0");
        mirror.PublishRoot();
        mirror.Publish();
    }

    public static JsonNode Role(this JsonObject root, string name) => root["roles"]![name]!;

    public static byte[] ForgedRoot(this RepositorySimulator mirror, long version, Action<JsonObject> change, params string[] signers)
    {
        var forged = mirror.RootDraft.DeepClone().AsObject();
        forged["version"] = version;
        change(forged);
        return Drafts.Sign(forged, Signers(signers));
    }
}
