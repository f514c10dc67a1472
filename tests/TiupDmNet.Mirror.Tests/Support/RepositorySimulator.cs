using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing;

namespace TiupDmNet.Mirror.Tests.Support;

/// <summary>
/// A mirror in memory with real keys. A test changes drafts, keys or files and publishes: then it reads like the attack that it is.
/// </summary>
internal sealed class RepositorySimulator
{
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    /// <param name="packageLines">How long the package is.</param>
    public RepositorySimulator(int packageLines = 4000)
    {
        RootDraft = Drafts.Root(
            RoleNames.TopLevel.ToDictionary(
                role => role,
                role => ((IReadOnlyList<PublicKey>)[.. RoleKeys(role).Select(key => key.Public)], role == "root" ? 2 : 1)),
            Start);
        IndexDraft = Drafts.Index(Start);
        IndexDraft["version"] = 0L;
        IndexDraft["owners"]!["pingcap"] = Drafts.Owner("PingCAP", KeyPool.Get("owner").Public);
        SnapshotDraft = Drafts.Snapshot(Start);
        TimestampDraft = Drafts.Timestamp(Start);
        Package = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, packageLines).Select(number => $"package {number}\n")));
        AddComponent("dm-worker", "v8.5.0");
        PublishRoot();
        Publish();
    }

    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    public JsonObject RootDraft { get; }

    public JsonObject IndexDraft { get; }

    public JsonObject SnapshotDraft { get; }

    public JsonObject TimestampDraft { get; }

    public Dictionary<string, JsonObject> ComponentDrafts { get; } = [];

    public byte[] Package { get; set; }

    /// <summary>Who signs, by role or component id.</summary>
    public Dictionary<string, IReadOnlyList<PrivateKey>> Signers { get; } = [];

    public byte[] Root => Files["root.json"];

    public long RootVersion => (long)RootDraft["version"]!;

    public void AddComponent(string id, params string[] versions)
    {
        var draft = Drafts.Component(id, id, Start);
        draft["platforms"]!["linux/amd64"] = new JsonObject();
        ComponentDrafts[id] = draft;
        IndexDraft["components"]![id] = Drafts.IndexItem(id, "pingcap");
        foreach (var version in versions)
        {
            AddVersion(id, version);
        }
    }

    public JsonObject AddVersion(string id, string version)
    {
        var name = $"{id}-{version}-linux-amd64.tar.gz";
        Files[name] = Package;
        var item = Drafts.VersionItem(
            name, $"{id}/{id}", Start, Convert.ToHexStringLower(SHA256.HashData(Package)), Convert.ToHexStringLower(SHA512.HashData(Package)), Package.Length);
        ComponentDrafts[id]["platforms"]!["linux/amd64"]![version] = item;
        return item;
    }

    /// <summary>Writes the next root, signed by its own keys and whoever else is said to.</summary>
    public void PublishRoot(params PrivateKey[] also)
    {
        var version = RootVersion;
        var bytes = Drafts.Sign(RootDraft, Signing("root").Concat(also));
        Files[$"{version}.root.json"] = bytes;
        Files.TryAdd("root.json", bytes);
        SnapshotDraft["meta"]!["/root.json"] = MirrorEdit.Entry(version, bytes.Length);
    }

    /// <summary>Raises the root's version; the test changes it and calls <see cref="PublishRoot"/>.</summary>
    public JsonObject NextRoot()
    {
        RootDraft["version"] = RootVersion + 1;
        return RootDraft;
    }

    /// <summary>A new version of everything below the root.</summary>
    public void Publish()
    {
        foreach (var (id, draft) in ComponentDrafts)
        {
            PublishComponent(id, draft);
        }

        PublishIndex();
        PublishSnapshot();
    }

    public void PublishComponent(string id, JsonObject draft)
    {
        draft["version"] = (long)draft["version"]! + 1;
        PutVersioned($"/{id}.json", (long)draft["version"]!, Drafts.Sign(draft, Signing(id)));
    }

    public void PublishIndex()
    {
        IndexDraft["version"] = (long)IndexDraft["version"]! + 1;
        PutVersioned("/index.json", (long)IndexDraft["version"]!, Drafts.Sign(IndexDraft, Signing("index")));
    }

    public void PublishSnapshot()
    {
        Files["snapshot.json"] = Drafts.Sign(SnapshotDraft, Signing("snapshot"));
        PublishTimestamp();
    }

    public void PublishTimestamp()
    {
        TimestampDraft["version"] = (long)TimestampDraft["version"]! + 1;
        TimestampDraft["meta"] ??= new JsonObject();
        var meta = Drafts.SnapshotMeta(Files["snapshot.json"]);
        TimestampDraft["meta"] = meta;
        SignTimestamp();
    }

    public void SignTimestamp() => Files["timestamp.json"] = Drafts.Sign(TimestampDraft, Signing("timestamp"));

    public byte[]? Get(string name) => Files.GetValueOrDefault(name);

    /// <summary>The keys of a role in another mirror's hands: not trusted by anybody.</summary>
    public static PrivateKey Stranger => KeyPool.Get("stranger");

    public static IReadOnlyList<PrivateKey> RoleKeys(string role) => role switch
    {
        "root" => [KeyPool.Get("root-1"), KeyPool.Get("root-2"), KeyPool.Get("root-3")],
        "index" or "snapshot" or "timestamp" => [KeyPool.Get(role)],
        _ => [KeyPool.Get("owner")],
    };

    private IReadOnlyList<PrivateKey> Signing(string role) => Signers.TryGetValue(role, out var keys) ? keys : RoleKeys(role);

    private void PutVersioned(string url, long version, byte[] bytes)
    {
        Files[RoleNames.Versioned(version, url)] = bytes;
        SnapshotDraft["meta"]![url] = MirrorEdit.Entry(version, bytes.Length);
    }
}
