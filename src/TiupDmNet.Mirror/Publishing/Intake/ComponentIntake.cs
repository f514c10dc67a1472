using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing.Intake;

/// <summary>A package and the name that it gets here.</summary>
internal sealed record Incoming(SourceComponent From, VersionItem Item, string FileName);

/// <summary>
/// What becomes of one component of a mirror while versions from other mirrors are taken into it. Versions that only this mirror has stay.
/// </summary>
internal sealed class ComponentIntake
{
    private const string Suffix = ".tar.gz";

    private readonly JsonObject? _before;
    private readonly Dictionary<(Platform, TiupVersion), VersionItem> _items;
    private readonly Dictionary<string, string> _fileHashes;
    private readonly List<Incoming> _packages = [];

    /// <param name="present">The manifest that the mirror has now; null for a component that is new to it.</param>
    public ComponentIntake(string id, (ComponentManifest Manifest, JsonObject Draft)? present, DateTimeOffset now)
    {
        Id = id;
        _before = present?.Draft.DeepClone().AsObject();
        Draft = present?.Draft ?? Drafts.Component(id, id, now);
        IReadOnlyList<VersionItem> items = present?.Manifest.Items ?? [];
        _items = items.ToDictionary(item => (item.Platform, item.Version));
        _fileHashes = items.DistinctBy(item => item.FileName).ToDictionary(item => item.FileName, item => item.Sha256, StringComparer.Ordinal);
    }

    public string Id { get; }

    /// <summary>The manifest as it will be.</summary>
    public JsonObject Draft { get; }

    /// <summary>What must be in the mirror's directory before the manifest is.</summary>
    public IReadOnlyList<Incoming> Packages => _packages;

    public bool HasChanged => !JsonNode.DeepEquals(_before, Draft);

    public bool IsEmpty => _items.Count == 0;

    public bool HasNightly => (string?)Draft["nightly"] is { Length: > 0 };

    /// <summary>Every version as it will be, under the names of this mirror.</summary>
    public IEnumerable<VersionItem> Items => _items.Values;

    /// <summary>The mirror's own item for a version on a platform.</summary>
    public VersionItem? Find(VersionItem like) => _items.GetValueOrDefault((like.Platform, like.Version));

    /// <summary>Takes a version with everything that the source says of it, in the place of what was there.</summary>
    public void Take(SourceComponent source, VersionItem item)
    {
        var fileName = FileName(item);
        _fileHashes[fileName] = item.Sha256;
        _packages.Add(new Incoming(source, item, fileName));
        Place(source, item, fileName);
    }

    /// <summary>What the source says now of versions that were taken from it before: withdrawn, for one.</summary>
    public void Follow(SourceComponent source)
    {
        foreach (var item in source.Manifest.Items)
        {
            if (Find(item) is { } own && own.Sha256 == item.Sha256)
            {
                Place(source, item, own.FileName);
            }
        }
    }

    /// <summary>Makes a version that is here the nightly one. Older nightly builds go where the new one has come, and the source has dropped them.</summary>
    public void BecomeNightly(SourceComponent source, string version)
    {
        var old = (string?)Draft["nightly"];
        Draft["nightly"] = version;
        foreach (var item in _items.Values.Where(item => item.Version.Text == old && old != version).ToList())
        {
            var superseded = _items.Values.Any(other => other.Platform == item.Platform && other.Version.Text == version);
            var dropped = !source.Manifest.Items.Any(other => other.Platform == item.Platform && other.Version == item.Version);
            if (superseded && dropped)
            {
                _items.Remove((item.Platform, item.Version));
                Draft["platforms"]![item.Platform.ToString()]!.AsObject().Remove(item.Version.Text);
            }
        }
    }

    public void Describe(string description) => Draft["description"] = description;

    public IEnumerable<MirrorChange> Changes()
    {
        var (before, after) = (Entries(_before), Entries(Draft));
        foreach (var (key, item) in after)
        {
            if (!before.TryGetValue(key, out var old))
            {
                yield return Change(MirrorChangeKind.Added, key, "");
            }
            else if ((string?)old["hashes"]?["sha256"] != (string?)item["hashes"]?["sha256"])
            {
                yield return Change(MirrorChangeKind.Replaced, key, "");
            }
            else if (!JsonNode.DeepEquals(old, item))
            {
                var (was, withdrawn) = ((bool?)old["yanked"] == true, (bool?)item["yanked"] == true);
                yield return Change(MirrorChangeKind.Updated, key, was == withdrawn ? "described anew" : withdrawn ? "withdrawn" : "no longer withdrawn");
            }
        }

        foreach (var key in before.Keys.Where(key => !after.ContainsKey(key)))
        {
            yield return Change(MirrorChangeKind.Removed, key, "");
        }

        if (_before is not null && (string?)_before["nightly"] != (string?)Draft["nightly"])
        {
            yield return new MirrorChange(MirrorChangeKind.Updated, Id, null, null, $"nightly is {(string?)Draft["nightly"]}");
        }
    }

    private void Place(SourceComponent source, VersionItem item, string fileName)
    {
        var fields = source.Fields(item);
        fields["url"] = "/" + fileName;
        Member(Member(Draft, "platforms"), item.Platform.ToString())[item.Version.Text] = fields;
        _items[(item.Platform, item.Version)] = item with { FileName = fileName };
    }

    /// <summary>
    /// TiUP's name for the package, whatever it was called at the source: it can be no other file of this mirror. Where that name stands for
    /// other bytes, one of its own: who reads the old manifest, or a cache on the way, must not find other bytes under the name that it knows.
    /// </summary>
    private string FileName(VersionItem item)
    {
        if (Find(item) is { } own && own.Sha256 == item.Sha256)
        {
            return own.FileName;
        }

        var name = $"{Id}-{item.Version}-{item.Platform.Os}-{item.Platform.Arch}";
        return _fileHashes.TryGetValue(name + Suffix, out var hash) && hash != item.Sha256 ? $"{name}-{item.Sha256[..12]}{Suffix}" : name + Suffix;
    }

    private MirrorChange Change(MirrorChangeKind kind, (string Platform, string Version) key, string detail) =>
        new(kind, Id, key.Version, Platform.Parse(key.Platform), detail);

    private static SortedDictionary<(string Platform, string Version), JsonObject> Entries(JsonObject? manifest)
    {
        var items = new SortedDictionary<(string, string), JsonObject>();
        foreach (var (platform, versions) in manifest?["platforms"]?.AsObject() ?? [])
        {
            foreach (var (version, item) in versions?.AsObject() ?? [])
            {
                items[(platform, version)] = item!.AsObject();
            }
        }

        return items;
    }

    private static JsonObject Member(JsonObject holder, string name)
    {
        if (holder[name] is JsonObject present)
        {
            return present;
        }

        var added = new JsonObject();
        holder[name] = added;
        return added;
    }
}
