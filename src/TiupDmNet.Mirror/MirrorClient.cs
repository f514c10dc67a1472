using TiupDmNet.Mirror.Downloads;
using TiupDmNet.Mirror.Fetch;
using TiupDmNet.Mirror.Inspection;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing.Intake;
using TiupDmNet.Mirror.Trust;

namespace TiupDmNet.Mirror;

/// <summary>
/// Reads a TiUP mirror: what it lists has been verified up to a root that the operator trusts, and so has every package that it brings.
/// The mirror is read once, at the first need; one client serves one command.
/// </summary>
/// <remarks>Safe for parallel downloads.</remarks>
public sealed class MirrorClient : IDisposable
{
    private readonly MirrorSettings _settings;
    private readonly TimeProvider _time;
    private readonly Retry _retry;
    private readonly MirrorSources _sources;
    private readonly ProfilePaths _paths;
    private readonly PackageDownloader _downloader;
    private readonly SemaphoreSlim _entering = new(1, 1);
    private Connection? _connection;
    private MirrorException? _unreachable;

    /// <exception cref="MirrorException">The settings name a certificate file that cannot be read.</exception>
    public MirrorClient(MirrorSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _retry = new Retry(settings, time);
        _sources = new MirrorSources(settings, time);
        _paths = new ProfilePaths(settings.Home);
        _downloader = new PackageDownloader(_retry, time);
    }

    /// <summary>The address that is used: the override if there is one, else the profile's.</summary>
    public string Address => _settings.AddressOverride is { Length: > 0 } given ? MirrorAddress.Absolute(given) : new MirrorProfile(_settings.Home).Address;

    /// <summary>Reads the mirror anew: root chain, timestamp, snapshot and index, as one consistent set.</summary>
    /// <exception cref="MirrorException">Nothing is trusted yet, the mirror cannot be reached, or it breaks a rule.</exception>
    public async Task<TrustedMirror> RefreshAsync(CancellationToken cancellation = default)
    {
        await _entering.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            _unreachable = null;
            _connection = await ConnectAsync(cancellation).ConfigureAwait(false);
            return Describe(_connection);
        }
        finally
        {
            _entering.Release();
        }
    }

    /// <summary>Looks at the mirror without refusing what has expired.</summary>
    /// <param name="components">Look at the manifest of every component too.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<TrustedMirror> InspectAsync(bool components = false, CancellationToken cancellation = default)
    {
        using var source = _sources.Open(Address);
        var refresh = new ChainRefresh(source, Store(), _retry);
        var set = await refresh.RunAsync(Expiry.Noted, cancellation).ConfigureAwait(false);
        var found = new List<RoleStatus>();
        foreach (var item in components ? set.Index!.Components.Values.OrderBy(item => item.Id, StringComparer.Ordinal) : Enumerable.Empty<IndexItem>())
        {
            var manifest = await refresh.GetComponentAsync(set, item.Id, cancellation).ConfigureAwait(false);
            var owner = set.Index!.OwnerOf(item);
            found.Add(new RoleStatus(item.Id, manifest.Version, manifest.Expires, owner.Threshold, [.. owner.Keys.Keys.Order(StringComparer.Ordinal)]));
        }

        return Describe(new Connection(source, refresh, set, Offline: false)) with { Components = found };
    }

    public async Task<IReadOnlyList<ComponentSummary>> ListComponentsAsync(CancellationToken cancellation = default)
    {
        var connection = await EnterAsync(cancellation).ConfigureAwait(false);
        return [.. connection.Set.Index!.Components.Values
            .OrderBy(item => item.Id, StringComparer.Ordinal)
            .Select(item => item.Summary)];
    }

    /// <summary>Everything about a component, withdrawn versions included.</summary>
    public async Task<ComponentManifest> GetComponentAsync(string id, CancellationToken cancellation = default)
    {
        var connection = await EnterAsync(cancellation).ConfigureAwait(false);
        return await connection.Refresh.GetComponentAsync(connection.Set, id, cancellation).ConfigureAwait(false);
    }

    /// <summary>Finds a version for new use.</summary>
    /// <param name="version">Null or empty for the latest stable one, "nightly" for the current nightly, otherwise exactly that one.</param>
    /// <exception cref="MirrorException">There is none, or it was withdrawn.</exception>
    public async Task<VersionItem> ResolveAsync(string component, string? version, Platform platform, CancellationToken cancellation = default)
    {
        var connection = await EnterAsync(cancellation).ConfigureAwait(false);
        return (await FindAsync(connection, component, version, platform, cancellation).ConfigureAwait(false)).Require(withdrawnToo: false);
    }

    /// <summary>Whether the mirror has the package of a component, as its owner has signed it. What is wrong is a finding, not an exception.</summary>
    /// <param name="need">Which.</param>
    /// <param name="platform">For which hosts.</param>
    /// <param name="readPackage">Read all of the package and compare its hashes; otherwise only whether it is there, and its length.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="MirrorException">The mirror itself cannot be read, or breaks a rule.</exception>
    public async Task<PackageFinding> CheckAsync(Need need, Platform platform, bool readPackage, CancellationToken cancellation = default)
    {
        var connection = await EnterAsync(cancellation).ConfigureAwait(false);
        try
        {
            var item = (await FindAsync(connection, need.Component, need.Version, platform, cancellation).ConfigureAwait(false)).Require(withdrawnToo: false);
            var problem = await _downloader.CheckAsync(connection.Source, item, readPackage, cancellation).ConfigureAwait(false);
            return new PackageFinding(need.Component, item.Version.Text, platform, item.FileName, item.Length, problem);
        }
        catch (MirrorException error) when (error.Failure is MirrorFailure.NotFound or MirrorFailure.Untrusted or MirrorFailure.Unavailable)
        {
            return new PackageFinding(need.Component, need.Version ?? "", platform, "", 0, error.Message);
        }
    }

    /// <summary>Downloads a package to a place of the caller's choice; the file appears there only when it is complete and right.</summary>
    /// <param name="outputDirectoryOrFile">A directory keeps the package's own name.</param>
    public async Task<DownloadedPackage> DownloadAsync(
        string component, string? version, Platform platform, string outputDirectoryOrFile, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        var item = await ResolveAsync(component, version, platform, cancellation).ConfigureAwait(false);
        var target = Directory.Exists(outputDirectoryOrFile) || outputDirectoryOrFile.EndsWith('/')
            ? Path.Combine(outputDirectoryOrFile, item.FileName)
            : outputDirectoryOrFile;
        var connection = await EnterAsync(cancellation).ConfigureAwait(false);
        return await BringAsync(connection, item, target, progress, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Sees to it that a package is in TiUP's cache under the version that it really has ("nightly" is only a name), and right. When the
    /// mirror cannot be reached, a file that fits the manifests verified last is good enough; a withdrawn version is, if it is there.
    /// </summary>
    public async Task<DownloadedPackage> EnsureCachedAsync(
        string component, string? version, Platform platform, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        Connection connection;
        try
        {
            connection = await EnterAsync(cancellation).ConfigureAwait(false);
        }
        catch (MirrorException error) when (error.Failure == MirrorFailure.Unavailable)
        {
            return await FindOfflineAsync(component, version, platform, cancellation).ConfigureAwait(false) ?? throw new MirrorException(
                MirrorFailure.Unavailable, $"{error.Message}; and {component} {version} for {platform} is not in the cache {_settings.Home.PackagesDirectory}", error);
        }

        var choice = await FindAsync(connection, component, version, platform, cancellation).ConfigureAwait(false);
        var item = choice.Require(withdrawnToo: true);
        var target = CachePath(item, platform);
        if (item.Yanked && !await IsPackageAsync(target, item, cancellation).ConfigureAwait(false))
        {
            choice.Require(withdrawnToo: false);
        }

        return await BringAsync(connection, item, target, progress, cancellation).ConfigureAwait(false);
    }

    /// <summary>All components that the index names, as sources for another mirror.</summary>
    internal async Task<IndexManifest> GetIndexAsync(CancellationToken cancellation) => (await EnterAsync(cancellation).ConfigureAwait(false)).Set.Index!;

    /// <summary>A component with everything that its owner has signed, also what this tool does not know.</summary>
    internal async Task<SourceComponent> ReadComponentAsync(string id, CancellationToken cancellation)
    {
        var connection = await EnterAsync(cancellation).ConfigureAwait(false);
        var verified = await connection.Refresh.ReadComponentAsync(connection.Set, id, cancellation).ConfigureAwait(false);
        return SourceComponent.Of(this, connection.Set.Index!, verified);
    }

    /// <summary>A package to a place of the caller's choice, if it is not there already; <see cref="DownloadedPackage.AlreadyPresent"/> says so.</summary>
    internal async Task<DownloadedPackage> BringAsync(VersionItem item, string target, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        var connection = await EnterAsync(cancellation).ConfigureAwait(false);
        return await BringAsync(connection, item, target, progress, cancellation).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _connection?.Source.Dispose();
        _sources.Dispose();
        _entering.Dispose();
    }

    private async Task<Connection> EnterAsync(CancellationToken cancellation)
    {
        if (_connection is { } ready)
        {
            return ready;
        }

        await _entering.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // Who waited for a dead mirror once need not wait again for each further package.
            return _unreachable is null
                ? _connection ??= await ConnectAsync(cancellation).ConfigureAwait(false)
                : throw new MirrorException(_unreachable.Failure, _unreachable.Message, _unreachable);
        }
        catch (MirrorException error) when (error.Failure == MirrorFailure.Unavailable)
        {
            _unreachable ??= error;
            throw;
        }
        finally
        {
            _entering.Release();
        }
    }

    /// <summary>The first address that can be reached; one that can be reached but not trusted is not passed over in silence.</summary>
    private async Task<Connection> ConnectAsync(CancellationToken cancellation)
    {
        var store = Store();
        MirrorException? first = null;
        foreach (var address in (string[])[Address, .. _settings.FallbackAddresses])
        {
            var source = _sources.Open(address);
            try
            {
                var refresh = new ChainRefresh(source, store, _retry);
                var set = await refresh.RunAsync(Expiry.Refused, cancellation).ConfigureAwait(false);
                await store.CommitAsync(set, cancellation).ConfigureAwait(false);
                return new Connection(source, refresh, set, Offline: false);
            }
            catch (MirrorException error) when (error.Failure == MirrorFailure.Unavailable)
            {
                first ??= error;
                source.Dispose();
            }
        }

        throw first!;
    }

    private TrustStore Store() =>
        new(_settings.Home, Address, isOfProfile: _settings.RootFile is null && MirrorAddress.Same(Address, new MirrorProfile(_settings.Home).Address), _time, _settings.RootFile);

    private static async Task<VersionChoice> FindAsync(Connection connection, string component, string? version, Platform platform, CancellationToken cancellation)
    {
        var manifest = await connection.Refresh.GetComponentAsync(connection.Set, component, cancellation).ConfigureAwait(false);
        return new VersionChoice(manifest, version, platform, connection.Set.Index!.Components[component].Yanked, connection.Source.Address);
    }

    /// <summary>Against what the cache holds and the trusted root still vouches for, expired or not.</summary>
    private async Task<DownloadedPackage?> FindOfflineAsync(string component, string? version, Platform platform, CancellationToken cancellation)
    {
        using var source = new CachedManifests(Address, Store());
        try
        {
            var refresh = new ChainRefresh(source, Store(), new Retry(_settings with { Attempts = 1 }, _time));
            var set = await refresh.RunAsync(Expiry.Noted, cancellation).ConfigureAwait(false);
            var choice = await FindAsync(new Connection(source, refresh, set, Offline: true), component, version, platform, cancellation).ConfigureAwait(false);
            var item = choice.Require(withdrawnToo: true);
            var target = CachePath(item, platform);
            return await IsPackageAsync(target, item, cancellation).ConfigureAwait(false) ? new DownloadedPackage(target, item, AlreadyPresent: true, Offline: true) : null;
        }
        catch (MirrorException)
        {
            return null;
        }
    }

    private async Task<DownloadedPackage> BringAsync(Connection connection, VersionItem item, string target, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        ProfilePaths.EnsureDirectoryOf(Path.GetFullPath(target));
        var lockFile = _paths.DownloadLock(target);
        ProfilePaths.EnsureDirectoryOf(lockFile);
        using var held = await ProfileLock.AcquireAsync(lockFile, $"download {item.FileName}", patience: null, _time, cancellation).ConfigureAwait(false);
        var present = await IsPackageAsync(target, item, cancellation).ConfigureAwait(false);
        if (!present)
        {
            await _downloader.DownloadAsync(connection.Source, item, target, progress, cancellation).ConfigureAwait(false);
        }

        return new DownloadedPackage(target, item, present, Offline: false);
    }

    private static async Task<bool> IsPackageAsync(string path, VersionItem item, CancellationToken cancellation) =>
        File.Exists(path) && await PackageHash.DifferenceAsync(path, item, cancellation).ConfigureAwait(false) is null;

    private string CachePath(VersionItem item, Platform platform) =>
        Path.Combine(_settings.Home.PackagesDirectory, $"{item.Component}-{item.Version}-{platform.Os}-{platform.Arch}.tar.gz");

    private static TrustedMirror Describe(Connection connection)
    {
        var set = connection.Set;
        RoleStatus[] roles =
        [
            Role(RoleNames.Root, set.Root.Header),
            Role(RoleNames.Timestamp, set.Timestamp!.Header),
            Role(RoleNames.Snapshot, set.Snapshot!.Header),
            Role(RoleNames.Index, set.Index!.Header),
        ];
        return new TrustedMirror(
            connection.Source.Address, roles, [.. set.Expired.Select(header => $"{header.Origin} was good until {Rfc3339.Format(header.Expires)}")]);

        RoleStatus Role(string name, ManifestHeader header) => set.Root.Status(name, header);
    }

    private sealed record Connection(IMirrorSource Source, ChainRefresh Refresh, TrustedSet Set, bool Offline);
}
