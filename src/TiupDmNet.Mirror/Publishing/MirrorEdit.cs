using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Fetch;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing.Roots;
using TiupDmNet.Mirror.Trust;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Publishing;

/// <summary>
/// One change of a mirror's directory: what is there now, verified; what is to be there; and the writing of it in an order in which a
/// reader sees the old mirror until the last file, the timestamp, is renamed into place.
/// </summary>
internal sealed class MirrorEdit
{
    private const long Largest = 64 << 20;
    private const int LargestTimestamp = 1024;

    private readonly string _directory;
    private readonly KeyRing _keys;
    private readonly DateTimeOffset _now;
    private readonly TrustedSet _set;
    private readonly JsonObject _snapshot;
    private readonly List<(string File, byte[] Bytes)> _manifests = [];

    private MirrorEdit(string directory, KeyRing keys, DateTimeOffset now, TrustedSet set)
    {
        (_directory, _keys, _now, _set) = (directory, keys, now, set);
        CurrentRoot = set.Root;
        _snapshot = Draft(set.Snapshot!.Document);
        Index = Draft(set.Index!.Document);
    }

    /// <summary>To be changed in place, then written with <see cref="PutIndex"/>.</summary>
    public JsonObject Index { get; }

    public IndexManifest CurrentIndex => _set.Index!;

    /// <summary>The new one, once there is one.</summary>
    public RootManifest CurrentRoot { get; private set; }

    /// <summary>From the present root to the next, which is for <see cref="PutRoot"/>.</summary>
    public RootRotation Rotation => new(CurrentRoot, _directory);

    /// <summary>From then on readers refuse the mirror, unless it is signed again before.</summary>
    public DateTimeOffset FreshUntil => _set.Timestamp!.Header.Expires < _set.Snapshot!.Header.Expires ? _set.Timestamp.Header.Expires : _set.Snapshot.Header.Expires;

    /// <summary>Reads a mirror as its publisher: everything must verify, and may have expired. To be called under the mirror's lock.</summary>
    public static async Task<MirrorEdit> BeginAsync(string directory, KeyRing keys, DateTimeOffset now, CancellationToken cancellation)
    {
        await ChangeJournal.RecoverAsync(directory, cancellation).ConfigureAwait(false);
        using var source = new DirectorySource(directory);
        var set = new TrustedSet(await ReadAsync(RoleNames.RootFile).ConfigureAwait(false), directory, RoleNames.RootFile, SeenVersions.None, now, Expiry.Noted);
        while (await source.ReadAsync(RoleNames.Versioned(set.Root.Version + 1, RoleNames.RootFile), Largest, cancellation).ConfigureAwait(false) is { } next)
        {
            set.AcceptRoot(next);
        }

        set.AcceptTimestamp(await ReadAsync(RoleNames.TimestampFile).ConfigureAwait(false));
        set.AcceptSnapshot(await ReadAsync(RoleNames.SnapshotFile).ConfigureAwait(false));
        set.AcceptIndex(await ReadAsync(RoleNames.Versioned(set.Snapshot!.Entry(set.Root.IndexUrl).Version, set.Root.IndexUrl)).ConfigureAwait(false));
        return new MirrorEdit(directory, keys, now, set);

        async Task<byte[]> ReadAsync(string file) => await source.ReadAsync(file, Largest, cancellation).ConfigureAwait(false)
            ?? throw new MirrorException(MirrorFailure.NotConfigured, $"{directory} is not a mirror: it has no {file}; `mirror init` makes one");
    }

    /// <summary>A component's present manifest, to be changed and given to <see cref="PutComponent"/>; null if it has none.</summary>
    public async Task<(ComponentManifest Manifest, JsonObject Draft)?> ReadComponentAsync(string id, CancellationToken cancellation)
    {
        if (!CurrentIndex.Components.ContainsKey(id))
        {
            return null;
        }

        var (item, entry) = _set.Find(id);
        using var source = new DirectorySource(_directory);
        var file = RoleNames.Versioned(entry.Version, item.Url);
        var bytes = await source.ReadAsync(file, Largest, cancellation).ConfigureAwait(false)
            ?? throw new MirrorException(MirrorFailure.Unavailable, $"{_directory} has no {file}, which its snapshot names; restore it before anything is published");
        return (_set.AcceptComponent(id, bytes), Draft(SignedDocument.Parse(new Origin(file, _directory), bytes)));
    }

    public void PutComponent(string id, JsonObject draft, RoleKeys owner)
    {
        var version = Drafts.RenewComponent(draft, id, _set.Snapshot!, _now);
        Put($"/{id}.json", version, draft, _keys.For(owner));
    }

    /// <summary>The version that a component's next manifest must have.</summary>
    public long NextVersion(string id) => Drafts.NextVersion(id, _set.Snapshot!);

    /// <summary>Puts a manifest that its owner has signed elsewhere.</summary>
    public void PutSigned(string id, long version, byte[] signed) => Put($"/{id}.json", version, signed);

    public void PutIndex()
    {
        Drafts.Renew(Index, _now);
        Put(CurrentRoot.IndexUrl, (long)Index["version"]!, Index, _keys.For(CurrentRoot.Role(RoleNames.Index)));
    }

    /// <summary>The next root. What its roles sign from then on is signed by their new keys.</summary>
    /// <exception cref="MirrorException">It cannot follow the present one, or is not signed by enough keys of both.</exception>
    public void PutRoot(RootManifest next)
    {
        var rotation = Rotation;
        rotation.Require(next);
        if (rotation.Missing(next) is { Count: > 0 } missing)
        {
            throw new MirrorException(MirrorFailure.NotConfigured, $"root {next.Version} of {_directory} cannot be used yet: {string.Join("; ", missing)}; write it to a file with --draft, have it signed with `mirror sign`, then --adopt it");
        }

        var before = CurrentRoot.Role(RoleNames.Index);
        CurrentRoot = next;
        _manifests.Add((RoleNames.Versioned(next.Version, RoleNames.RootFile), next.Document.Bytes.ToArray()));
        if (!before.Keys.Keys.Order().SequenceEqual(next.Role(RoleNames.Index).Keys.Keys.Order()))
        {
            PutIndex();
        }
    }

    /// <summary>Writes what was put, then the snapshot, then the timestamp.</summary>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        _snapshot["meta"]!.AsObject()[SnapshotManifest.RootUrl] = Entry(CurrentRoot.Version, CurrentRoot.Document.Bytes.Length);
        Drafts.Renew(_snapshot, _now);
        var snapshot = Drafts.Sign(_snapshot, _keys.For(CurrentRoot.Role(RoleNames.Snapshot)));

        var timestamp = Draft(_set.Timestamp!.Document);
        timestamp["meta"] = Drafts.SnapshotMeta(snapshot);
        Drafts.Renew(timestamp, _now);
        timestamp["version"] = _set.Timestamp.Header.Version + 1;
        await WriteAsync(_directory, [.. _manifests], snapshot, Drafts.Sign(timestamp, _keys.For(CurrentRoot.Role(RoleNames.Timestamp))), cancellation).ConfigureAwait(false);
    }

    /// <summary>Puts the files of a change in their places; readers see the old mirror until the last one.</summary>
    public static Task WriteAsync(
        string directory, IReadOnlyList<(string File, byte[] Bytes)> manifests, byte[] snapshot, byte[] timestamp, CancellationToken cancellation) =>
        timestamp.Length <= LargestTimestamp
            ? ChangeJournal.CommitAsync(directory, [.. manifests, (RoleNames.SnapshotFile, snapshot), (RoleNames.TimestampFile, timestamp)], cancellation)
            : throw new MirrorException(
                MirrorFailure.NotConfigured, $"the timestamp would have {timestamp.Length} bytes, and TiUP reads no more than {LargestTimestamp}; give the timestamp role one key of 2048 bits");

    public static JsonObject Entry(long version, long length) => new() { ["version"] = version, ["length"] = length };

    private void Put(string url, long version, JsonObject draft, IEnumerable<PrivateKey> keys) => Put(url, version, Drafts.Sign(draft, keys));

    private void Put(string url, long version, byte[] bytes)
    {
        _manifests.Add((RoleNames.Versioned(version, url), bytes));
        _snapshot["meta"]!.AsObject()[url] = Entry(version, bytes.Length);
    }

    /// <summary>A copy to change: what this tool does not know stays in it.</summary>
    private static JsonObject Draft(SignedDocument document) => JsonNode.Parse(document.SignedBytes.Span)!.AsObject();
}
