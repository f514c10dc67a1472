namespace TiupDmNet.Mirror.Manifests;

/// <summary>Which snapshot is the current one. (pingcap/tiup pkg/repository/v1manifest/types.go:150)</summary>
/// <param name="SnapshotHashes">Of the whole snapshot file.</param>
/// <param name="SnapshotLength">At most so many bytes; 0 says nothing.</param>
internal sealed record TimestampManifest(SignedDocument Document, ManifestHeader Header, FileHashes SnapshotHashes, long SnapshotLength)
{
    private const string SnapshotUrl = "/" + RoleNames.SnapshotFile;

    public static TimestampManifest Read(SignedDocument document)
    {
        var header = ManifestHeader.Read(document, RoleNames.Timestamp);
        return document.Signed.Object("meta").Members().ToList() is [(SnapshotUrl, var snapshot)]
            ? new TimestampManifest(document, header, FileHashes.Read(snapshot, SnapshotUrl), snapshot.Number("length"))
            : throw document.Signed.Refuse($"its 'meta' must name {SnapshotUrl} and nothing else");
    }
}
