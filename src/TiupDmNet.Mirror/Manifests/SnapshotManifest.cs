namespace TiupDmNet.Mirror.Manifests;

/// <param name="Length">At most so many bytes; 0 says nothing.</param>
internal sealed record SnapshotEntry(long Version, long Length);

/// <summary>Which version of each manifest is the current one. (pingcap/tiup pkg/repository/v1manifest/types.go:137)</summary>
/// <param name="Entries">By url, "/index.json".</param>
internal sealed record SnapshotManifest(SignedDocument Document, ManifestHeader Header, IReadOnlyDictionary<string, SnapshotEntry> Entries)
{
    public const string RootUrl = "/" + RoleNames.RootFile;

    /// <summary>The root that the mirror had when it was written; 0 if it does not say.</summary>
    public long RootVersion => Entries.TryGetValue(RootUrl, out var entry) ? entry.Version : 0;

    public SnapshotEntry Entry(string url) => Entries.TryGetValue(url, out var entry)
        ? entry
        : throw Document.Origin.Refuse(TrustRule.Consistency, $"it has no entry for {url}");

    public static SnapshotManifest Read(SignedDocument document)
    {
        var header = ManifestHeader.Read(document, RoleNames.Snapshot);
        var entries = document.Signed.Object("meta").Members()
            .ToDictionary(member => member.Name, member => new SnapshotEntry(member.Value.Number("version"), member.Value.Number("length")), StringComparer.Ordinal);
        return new SnapshotManifest(document, header, entries);
    }
}
