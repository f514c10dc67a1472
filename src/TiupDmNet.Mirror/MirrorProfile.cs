using TiupDmNet.Mirror.Fetch;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Profile;
using TiupDmNet.Mirror.Trust;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror;

/// <summary>
/// Which mirror a profile uses and which root it trusts: TiUP's <c>tiup.toml</c>, <c>bin/root.json</c> and the pinned roots beside it.
/// (pingcap/tiup pkg/localdata/profile.go:226)
/// </summary>
public sealed class MirrorProfile
{
    private const long RootLimit = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly MirrorSettings _settings;
    private readonly TimeProvider _time;
    private readonly TiupHome _home;
    private readonly ProfilePaths _paths;

    public MirrorProfile(TiupHome home) : this(new MirrorSettings { Home = home }, TimeProvider.System)
    {
    }

    public MirrorProfile(MirrorSettings settings, TimeProvider time)
    {
        (_settings, _time, _home) = (settings, time, settings.Home);
        _paths = new ProfilePaths(settings.Home);
    }

    /// <summary>The address in tiup.toml, or that of the public mirror.</summary>
    /// <exception cref="MirrorException">tiup.toml cannot be understood.</exception>
    public string Address => TiupToml.ReadMirror(_home.ConfigFile) is { Length: > 0 } address ? address : MirrorAddress.Default;

    /// <summary>Which mirror is used and what is trusted of it. Reads only files of the profile, and asks no mirror.</summary>
    /// <exception cref="MirrorException">tiup.toml cannot be understood.</exception>
    public MirrorInUse Describe()
    {
        var configured = TiupToml.ReadMirror(_home.ConfigFile) is { Length: > 0 };
        var profileAddress = Address;
        var given = _settings.AddressOverride is { Length: > 0 } value ? MirrorAddress.Absolute(value) : null;
        var address = given ?? profileAddress;
        var (root, problem) = ReadTrusted(address, profileAddress);
        return new MirrorInUse(
            address,
            given is not null ? AddressSource.Environment : configured ? AddressSource.Profile : AddressSource.Default,
            _home.ConfigFile,
            profileAddress,
            _settings.FallbackAddresses,
            root,
            problem,
            ReadPins([address, profileAddress, MirrorAddress.Default]));
    }

    /// <summary>Reads the root that trust in a mirror would start from. Changes nothing.</summary>
    /// <param name="address">A URL or a directory.</param>
    /// <param name="rootPathOrUrl">Where the root is; null for the one pinned for that address, else the mirror's own <c>root.json</c>.</param>
    /// <exception cref="MirrorException">It cannot be read, or is no root that its own keys have signed.</exception>
    public async Task<RootSummary> PreviewRootAsync(string address, string? rootPathOrUrl = null, CancellationToken cancellation = default)
    {
        address = MirrorAddress.Absolute(address);
        var pin = _paths.Pin(address);
        var source = rootPathOrUrl ?? (File.Exists(pin) ? pin : address.TrimEnd('/') + "/" + RoleNames.RootFile);
        var bytes = await ReadAsync(source, cancellation).ConfigureAwait(false);
        var (directory, file) = Split(source);
        var root = TrustedSet.ReadSelfSigned(SignedDocument.Parse(new Origin(file, directory), bytes));
        var keys = root.Role(RoleNames.Root);
        return new RootSummary(
            address,
            source,
            root.Version,
            root.Header.Expires,
            [.. keys.Keys.Keys.Order(StringComparer.Ordinal)],
            keys.Threshold,
            IsExpired: root.Header.Expires < _time.GetUtcNow(),
            IsInsecure: MirrorAddress.IsPlainHttp(source),
            ReplacesTrustedRoot: !Continues(root)) { Bytes = bytes };
    }

    /// <summary>Uses a mirror from now on, and trusts its root.</summary>
    /// <inheritdoc cref="SetAsync(RootSummary, bool, CancellationToken)"/>
    public async Task<RootSummary> SetAsync(string address, string? rootPathOrUrl = null, bool replaceTrustedRoot = false, CancellationToken cancellation = default)
    {
        var root = await PreviewRootAsync(address, rootPathOrUrl, cancellation).ConfigureAwait(false);
        await SetAsync(root, replaceTrustedRoot, cancellation).ConfigureAwait(false);
        return root;
    }

    /// <summary>Uses a mirror from now on, and trusts exactly the root that was shown.</summary>
    /// <param name="replaceTrustedRoot">Said by a person who knows that the root trusted until now will be forgotten, with all that was seen under it.</param>
    /// <exception cref="MirrorException">Another root is trusted, and nobody said that it may be replaced.</exception>
    public async Task SetAsync(RootSummary root, bool replaceTrustedRoot, CancellationToken cancellation = default)
    {
        if (root.ReplacesTrustedRoot && !replaceTrustedRoot)
        {
            throw new MirrorException(
                MirrorFailure.NotConfigured,
                $"this profile trusts another root ({_paths.Anchor}) than that of {root.Address} (version {root.Version}, keys {string.Join(", ", root.KeyIds.Select(id => id[..16]))}); "
                + $"compare the keys, then `mirror set {root.Address} --reset` trusts this one instead");
        }

        ProfilePaths.EnsureDirectoryOf(_paths.Lock);
        using var held = await ProfileLock.AcquireAsync(_paths.Lock, "set the mirror", Patience, _time, cancellation).ConfigureAwait(false);
        ProfilePaths.EnsureDirectory(_home.BinDirectory);
        await CarryMemoryAsync(root, forget: replaceTrustedRoot, cancellation).ConfigureAwait(false);

        // Manifests of another mirror first: with a root that does not fit them they would only be in the way.
        Remove(_home.ManifestsDirectory);
        await AtomicFile.WriteAsync(_paths.Anchor, root.Bytes, cancellation: cancellation).ConfigureAwait(false);
        if (MirrorAddress.IsUrl(root.Address))
        {
            await AtomicFile.WriteAsync(_paths.Pin(root.Address), root.Bytes, cancellation: cancellation).ConfigureAwait(false);
        }

        await TiupToml.WriteMirrorAsync(_home.ConfigFile, root.Address, cancellation).ConfigureAwait(false);
    }

    private (RoleStatus? Root, string? Problem) ReadTrusted(string address, string profileAddress)
    {
        var store = new TrustStore(_home, address, isOfProfile: _settings.RootFile is null && MirrorAddress.Same(address, profileAddress), _time, _settings.RootFile);
        try
        {
            return (store.Begin(Expiry.Noted).Root.Status(), null);
        }
        catch (MirrorException error)
        {
            return (null, error.Message);
        }
    }

    private IReadOnlyList<PinnedRoot> ReadPins(IReadOnlyList<string> known) => Directory.Exists(_home.BinDirectory)
        ? [.. Directory.GetFiles(_home.BinDirectory, "*." + RoleNames.RootFile)
            .Order(StringComparer.Ordinal)
            .Select(file => new PinnedRoot(file, known.FirstOrDefault(address => _paths.Pin(address) == file), TrustStore.TryReadRoot(file)?.Status()))]
        : [];

    /// <summary>What was seen under the old anchor holds under one that continues it.</summary>
    private async Task CarryMemoryAsync(RootSummary root, bool forget, CancellationToken cancellation)
    {
        var memory = new RollbackMemory(_paths.Memory);
        var anchor = TrustStore.AnchorId(root.Bytes);
        if (forget)
        {
            await memory.ForgetAsync(anchor, cancellation).ConfigureAwait(false);
        }
        else if (File.Exists(_paths.Anchor))
        {
            var seen = memory.Load(TrustStore.AnchorId(await File.ReadAllBytesAsync(_paths.Anchor, cancellation).ConfigureAwait(false)));
            await memory.SaveAsync(anchor, memory.Load(anchor).Merge(seen), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>True when trust goes on: nothing was trusted, the same root was, or enough keys of the trusted one have signed the new one.</summary>
    private bool Continues(RootManifest root)
    {
        if (!File.Exists(_paths.Anchor))
        {
            return true;
        }

        try
        {
            var trusted = TrustedSet.ReadSelfSigned(SignedDocument.Parse(new Origin(_paths.Anchor, "this profile"), File.ReadAllBytes(_paths.Anchor)));
            var keys = trusted.Role(RoleNames.Root);
            return trusted.Document.Bytes.Span.SequenceEqual(root.Document.Bytes.Span)
                || (root.Version > trusted.Version && keys.CountSignatures(root.Document) >= keys.Threshold);
        }
        catch (UntrustedException)
        {
            // A damaged anchor is no reason to trust just anything: a person must say so.
            return false;
        }
    }

    private async Task<byte[]> ReadAsync(string path, CancellationToken cancellation)
    {
        var (directory, file) = Split(path);
        using var sources = new MirrorSources(_settings, _time);
        using var source = sources.Open(directory);
        return await source.ReadAsync(file, RootLimit, cancellation).ConfigureAwait(false)
            ?? throw new MirrorException(MirrorFailure.Unavailable, $"there is no {path}; is this the address of a TiUP mirror?");
    }

    private static (string Directory, string File) Split(string path)
    {
        path = MirrorAddress.Absolute(path);
        var slash = path.LastIndexOf('/');
        return (slash == 0 ? "/" : path[..slash], path[(slash + 1)..]);
    }

    private static void Remove(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"cannot remove {directory}: {error.Message}", error);
        }
    }
}
