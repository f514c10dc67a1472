using System.Security.Cryptography;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Trust;

/// <summary>
/// What a profile knows of a mirror: the trust anchor, verified manifests byte for byte as they came, and the versions seen.
/// A file that is unreadable or foreign counts as absent and is replaced by the next commit.
/// </summary>
internal sealed class TrustStore
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ProfilePaths _paths;
    private readonly RollbackMemory _memory;
    private readonly string _address;
    private readonly bool _isOfProfile;
    private readonly string? _rootFile;
    private readonly string _manifests;
    private readonly TimeProvider _time;

    /// <param name="isOfProfile">False for an address that only this command uses: its manifests stay out of TiUP's cache.</param>
    /// <param name="rootFile">Trusted instead of what the profile trusts.</param>
    public TrustStore(TiupHome home, string address, bool isOfProfile, TimeProvider time, string? rootFile = null)
    {
        (_address, _isOfProfile, _time, _rootFile) = (address, isOfProfile, time, rootFile);
        _paths = new ProfilePaths(home);
        _memory = new RollbackMemory(_paths.Memory);
        _manifests = _paths.Manifests(address, isOfProfile);
    }

    /// <summary>Starts a set from the anchor and the cached roots after it.</summary>
    /// <exception cref="MirrorException">Nothing is trusted yet.</exception>
    public TrustedSet Begin(Expiry expiry)
    {
        var (name, anchor) = Anchor();
        var set = new TrustedSet(anchor, _address, name, Seen(anchor), _time.GetUtcNow(), expiry);
        while (Cached(RoleNames.Versioned(set.Root.Version + 1, RoleNames.RootFile)) is { } next)
        {
            try
            {
                set.AcceptRoot(next);
            }
            catch (UntrustedException)
            {
                break;
            }
        }

        return set;
    }

    public SeenVersions Seen() => Seen(Anchor().Bytes);

    /// <summary>Bytes from the cache, to be verified like those from the mirror.</summary>
    public byte[]? Cached(string name) => Read(Path.Combine(_manifests, name));

    /// <summary>Keeps a complete set, unless another process has got further in the meantime.</summary>
    public async Task CommitAsync(TrustedSet set, CancellationToken cancellation)
    {
        // Mostly nothing has changed, and then nothing is locked or written.
        var anchor = AnchorId(Anchor().Bytes);
        if (_memory.Load(anchor).Covers(set.Seen) && Documents(set).All(file => IsKept(file.Name, file.Document.Bytes)))
        {
            return;
        }

        using var held = await LockAsync("update the cached manifests", cancellation).ConfigureAwait(false);
        var seen = _memory.Load(anchor);
        if (set.Seen.Timestamp < seen.Timestamp)
        {
            return;
        }

        foreach (var (name, document) in Documents(set))
        {
            await KeepAsync(name, document.Bytes, cancellation).ConfigureAwait(false);
        }

        await _memory.SaveAsync(anchor, seen.Merge(set.Seen), cancellation).ConfigureAwait(false);
    }

    /// <summary>Under TiUP's names for them, in the order in which one may be there without the next.</summary>
    private static IEnumerable<(string Name, SignedDocument Document)> Documents(TrustedSet set) =>
    [
        .. set.NewRoots.Select(root => (RoleNames.Versioned(root.Version, RoleNames.RootFile), root.Document)),
        (RoleNames.RootFile, set.Root.Document),
        (RoleNames.SnapshotFile, set.Snapshot!.Document),
        (RoleNames.IndexFile, set.Index!.Document),
        (RoleNames.TimestampFile, set.Timestamp!.Document),
    ];

    /// <summary>Keeps a verified component manifest under TiUP's name for it.</summary>
    public async Task KeepComponentAsync(string id, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        using var held = await LockAsync($"cache the manifest of {id}", cancellation).ConfigureAwait(false);
        await KeepAsync(id + ".json", bytes, cancellation).ConfigureAwait(false);
    }

    /// <summary>An anchor's section in the memory.</summary>
    public static string AnchorId(ReadOnlyMemory<byte> anchor) => Convert.ToHexStringLower(SHA256.HashData(anchor.Span));

    /// <summary>A root in a file, null if there is none that its own keys have signed.</summary>
    public static RootManifest? TryReadRoot(string path)
    {
        try
        {
            return Read(path) is { } bytes ? TrustedSet.ReadSelfSigned(SignedDocument.Parse(new Origin(path, "this profile"), bytes)) : null;
        }
        catch (UntrustedException)
        {
            return null;
        }
    }

    private SeenVersions Seen(ReadOnlyMemory<byte> anchor) => _memory.Load(AnchorId(anchor));

    /// <summary>The anchor, or what is left of the trust in it: TiUP truncates its file before it knows that it can fill it again.</summary>
    private (string Name, byte[] Bytes) Anchor()
    {
        string[] candidates = _rootFile is not null ? [_rootFile] : _isOfProfile
            ? [_paths.Anchor, Path.Combine(_manifests, RoleNames.RootFile)]
            : [_paths.Pin(_address), _paths.Anchor];
        UntrustedException? damage = null;
        foreach (var path in candidates)
        {
            if (Read(path) is not { } bytes)
            {
                continue;
            }

            try
            {
                TrustedSet.ReadSelfSigned(SignedDocument.Parse(new Origin(path, "this profile"), bytes));
                return (path, bytes);
            }
            catch (UntrustedException error)
            {
                damage ??= error;
            }
        }

        if (_rootFile is not null)
        {
            throw damage is null
                ? new MirrorException(MirrorFailure.NotConfigured, $"cannot read the root {_rootFile}; give the file with the root that you trust for {_address}")
                : new MirrorException(MirrorFailure.NotConfigured, $"{_rootFile} is no root to trust: {damage.Message}", damage);
        }

        throw damage is null
            ? new MirrorException(MirrorFailure.NotConfigured, $"no root is trusted yet ({_paths.Anchor} does not exist); `mirror set {_address}` shows that of the mirror and trusts it")
            : new MirrorException(MirrorFailure.NotConfigured, $"the trusted root is damaged ({damage.Message}); `mirror set {_address} --reset` replaces it", damage);
    }

    private Task<AdvisoryLock> LockAsync(string purpose, CancellationToken cancellation)
    {
        ProfilePaths.EnsureDirectoryOf(_paths.Lock);
        return ProfileLock.AcquireAsync(_paths.Lock, purpose, Patience, _time, cancellation);
    }

    private bool IsKept(string name, ReadOnlyMemory<byte> bytes) => Cached(name) is { } present && bytes.Span.SequenceEqual(present);

    private async Task KeepAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (IsKept(name, bytes))
        {
            return;
        }

        ProfilePaths.EnsureDirectory(_manifests);
        await AtomicFile.WriteAsync(Path.Combine(_manifests, name), bytes, cancellation: cancellation).ConfigureAwait(false);
    }

    private static byte[]? Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
