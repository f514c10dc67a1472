using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Trust;

/// <summary>What becomes of a document that has expired.</summary>
internal enum Expiry
{
    /// <summary>It is refused.</summary>
    Refused,

    /// <summary>It is taken and noted: for what a publisher is about to renew, and for what was believed when the network was there.</summary>
    Noted,
}

/// <summary>
/// The documents of one mirror that are believed, in the manner of TUF's reference clients: they go in in the only valid order (roots
/// upwards, timestamp, snapshot, index, components), each under the keys of the role that is expected at that place. What a document
/// says of itself is compared, never followed. Nothing here reads files or the network.
/// </summary>
internal sealed class TrustedSet
{
    private readonly string _mirror;
    private readonly SeenVersions _seen;
    private readonly DateTimeOffset _now;
    private readonly Expiry _expiry;
    private readonly List<ManifestHeader> _expired = [];

    /// <param name="anchor">A root that the operator trusts already; it only has to be consistent in itself.</param>
    /// <param name="now">The start of the operation: all documents are held against the same instant.</param>
    public TrustedSet(ReadOnlyMemory<byte> anchor, string mirror, string anchorName, SeenVersions seen, DateTimeOffset now, Expiry expiry = Expiry.Refused)
    {
        (_mirror, _seen, _now, _expiry) = (mirror, seen, now, expiry);
        Root = ReadSelfSigned(SignedDocument.Parse(new Origin(anchorName, mirror), anchor));
    }

    public RootManifest Root { get; private set; }

    public TimestampManifest? Timestamp { get; private set; }

    public SnapshotManifest? Snapshot { get; private set; }

    public IndexManifest? Index { get; private set; }

    /// <summary>Roots accepted on top of the anchor, oldest first.</summary>
    public IReadOnlyList<RootManifest> NewRoots => _newRoots;

    /// <summary>Under <see cref="Expiry.Noted"/>: what has expired.</summary>
    public IReadOnlyList<ManifestHeader> Expired => _expired;

    /// <summary>What must not be undercut from now on.</summary>
    public SeenVersions Seen => new(
        Root.Version,
        Timestamp?.Header.Version ?? 0,
        Snapshot?.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Version, StringComparer.Ordinal) ?? []);

    private readonly List<RootManifest> _newRoots = [];

    /// <summary>A root that a new trust could start from: enough of its own keys have signed it.</summary>
    public static RootManifest ReadSelfSigned(SignedDocument document)
    {
        var root = RootManifest.Read(document);
        CheckSignatures(document, root.Role(RoleNames.Root));
        return root;
    }

    /// <summary>Takes the root after the present one. What was accepted under the present one is dropped.</summary>
    public void AcceptRoot(ReadOnlyMemory<byte> bytes)
    {
        var expected = Root.Version + 1;
        var document = Open(RoleNames.Versioned(expected, RoleNames.RootFile), bytes);
        CheckSignatures(document, Root.Role(RoleNames.Root));
        var next = ReadSelfSigned(document);
        if (next.Version != expected)
        {
            throw document.Origin.Refuse(TrustRule.Content, $"it is version {next.Version} of the root where {expected} must follow");
        }

        // Its expiry does not matter as long as another root follows: FinishRoots looks at the last one.
        Root = next;
        _newRoots.Add(next);
        (Timestamp, Snapshot, Index) = (null, null, null);
    }

    /// <summary>To be called when the mirror has no further root.</summary>
    public void FinishRoots()
    {
        if (Root.Version < _seen.Root)
        {
            var mirror = Root.Document.Origin.Mirror;
            throw Root.Document.Origin.Refuse(
                TrustRule.Rollback,
                $"the mirror serves no root after version {Root.Version}, and {_seen.Root} was seen here; if it is another mirror than the one whose root is trusted here, look at its own with "
                    + $"`mirror set {mirror}`; if it was rebuilt on purpose, trust it anew with `mirror set {mirror} --reset`");
        }

        CheckExpiry(Root.Header);
    }

    public void AcceptTimestamp(ReadOnlyMemory<byte> bytes)
    {
        (Timestamp, Snapshot, Index) = (null, null, null);
        CheckExpiry(Root.Header);
        var document = Open(RoleNames.TimestampFile, bytes);
        CheckSignatures(document, Root.Role(RoleNames.Timestamp));
        var timestamp = TimestampManifest.Read(document);
        CheckExpiry(timestamp.Header);
        if (timestamp.Header.Version < _seen.Timestamp)
        {
            throw Rollback(document.Origin, "it", timestamp.Header.Version, _seen.Timestamp);
        }

        Timestamp = timestamp;
    }

    public void AcceptSnapshot(ReadOnlyMemory<byte> bytes)
    {
        var timestamp = Timestamp ?? throw new InvalidOperationException("a snapshot comes after the timestamp");
        (Snapshot, Index) = (null, null);
        var origin = new Origin(RoleNames.SnapshotFile, _mirror);
        CheckLength(origin, bytes, timestamp.SnapshotLength, "the timestamp");
        if (timestamp.SnapshotHashes.Difference(bytes.Span) is { } difference)
        {
            throw origin.Refuse(TrustRule.Consistency, $"{difference}, says the timestamp");
        }

        var document = Open(RoleNames.SnapshotFile, bytes);
        CheckSignatures(document, Root.Role(RoleNames.Snapshot));
        var snapshot = SnapshotManifest.Read(document);
        CheckExpiry(snapshot.Header);
        foreach (var (url, entry) in snapshot.Entries.Where(entry => entry.Value.Version < _seen.Entry(entry.Key)))
        {
            throw Rollback(origin, url, entry.Version, _seen.Entry(url));
        }

        Snapshot = snapshot;
    }

    /// <summary>Null when the root is the one that the snapshot knows, otherwise what is wrong: the mirror holds one back, or lags.</summary>
    public UntrustedException? MissingRoot() => Snapshot is { } snapshot && snapshot.RootVersion > Root.Version
        ? snapshot.Document.Origin.Refuse(TrustRule.Consistency, $"it promises version {snapshot.RootVersion} of the root, and the mirror serves none after {Root.Version}")
        : null;

    public void AcceptIndex(ReadOnlyMemory<byte> bytes)
    {
        var snapshot = Snapshot ?? throw new InvalidOperationException("an index comes after the snapshot");
        Index = null;
        var entry = snapshot.Entry(Root.IndexUrl);
        var document = Open(RoleNames.Versioned(entry.Version, Root.IndexUrl), bytes);
        CheckLength(document.Origin, bytes, entry.Length, "the snapshot");
        CheckSignatures(document, Root.Role(RoleNames.Index));
        var index = IndexManifest.Read(document);
        CheckPromisedVersion(index.Header, entry);
        CheckExpiry(index.Header);
        Index = index;
    }

    /// <summary>Checks a component manifest; the set does not keep it.</summary>
    /// <exception cref="MirrorException">There is no such component, or the document is not what it has to be.</exception>
    public ComponentManifest AcceptComponent(string id, ReadOnlyMemory<byte> bytes)
    {
        var (item, entry) = Find(id);
        var document = Open(RoleNames.Versioned(entry.Version, item.Url), bytes);
        CheckLength(document.Origin, bytes, entry.Length, "the snapshot");
        CheckSignatures(document, Index!.OwnerOf(item));
        var (header, manifest) = ComponentReader.Read(document, id);
        CheckPromisedVersion(header, entry);
        CheckExpiry(header);
        return manifest;
    }

    /// <summary>Where a component's manifest is, and which version of it is the current one.</summary>
    public (IndexItem Item, SnapshotEntry Entry) Find(string id)
    {
        var index = Index ?? throw new InvalidOperationException("components come after the index");
        if (!index.Components.TryGetValue(id, out var item))
        {
            throw new MirrorException(MirrorFailure.NotFound, $"component {id} does not exist on {_mirror}; `mirror list` shows those that do");
        }

        return RoleNames.IsSafeId(id) && RoleNames.IsSafeUrl(item.Url)
            ? (item, Snapshot!.Entry(item.Url))
            : throw index.Document.Origin.Refuse(TrustRule.Content, $"component '{id}' with the url '{item.Url}' would be stored over another file");
    }

    private SignedDocument Open(string name, ReadOnlyMemory<byte> bytes) => SignedDocument.Parse(new Origin(name, _mirror), bytes);

    private static void CheckSignatures(SignedDocument document, RoleKeys role)
    {
        var valid = role.CountSignatures(document);
        if (valid < role.Threshold)
        {
            // Not one: it is more likely another mirror than a forged one.
            var origin = document.Origin;
            var hint = valid == 0 && role.Name is (RoleNames.Root or RoleNames.Timestamp)
                ? $"; if it is another mirror than the one whose root is trusted here, look at its own with `mirror set {origin.Mirror}`"
                : "";
            throw origin.Refuse(TrustRule.Signature, $"{valid} of the {role.Threshold} needed signatures by keys of {role.Name} hold{hint}");
        }
    }

    private void CheckExpiry(ManifestHeader header)
    {
        if (header.Expires >= _now)
        {
            return;
        }

        if (_expiry == Expiry.Refused)
        {
            throw new UntrustedException(TrustRule.Expiry, $"{header.Origin} has expired: it was good until {Rfc3339.Format(header.Expires)}, and the clock of this machine says "
                + $"{Rfc3339.Format(_now)}; if the clock is right, whoever keeps the mirror must renew it");
        }

        if (!_expired.Contains(header))
        {
            _expired.Add(header);
        }
    }

    private static void CheckLength(Origin origin, ReadOnlyMemory<byte> bytes, long limit, string says)
    {
        if (limit > 0 && bytes.Length > limit)
        {
            throw origin.Refuse(TrustRule.Consistency, $"it has {bytes.Length} bytes, and {says} allows {limit}");
        }
    }

    private static void CheckPromisedVersion(ManifestHeader header, SnapshotEntry entry)
    {
        if (header.Version != entry.Version)
        {
            throw header.Origin.Refuse(TrustRule.Consistency, $"it says that it is version {header.Version}, and the snapshot promises {entry.Version}");
        }
    }

    private static UntrustedException Rollback(Origin origin, string what, long version, long seen) => origin.Refuse(
        TrustRule.Rollback,
        $"{what} went back to version {version} after {seen} was seen here; if the mirror was rebuilt on purpose, trust it anew with `mirror set {origin.Mirror} --reset`");
}
