using TiupDmNet.Mirror.Fetch;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Trust;

namespace TiupDmNet.Mirror.Publishing.Server;

/// <summary>
/// Publishes through a tiup-server: the owner's key signs the component's manifest here, the server signs index, snapshot and timestamp.
/// What the server answers is not believed: a change is done when the mirror serves it.
/// </summary>
/// <remarks>
/// The server may forget a session, lose a package when publishers meet, or commit and not get to say so. So each attempt reads the
/// mirror first, and sends everything in a session of its own.
/// </remarks>
internal sealed class ServerPublisher : IVersionPublisher
{
    private readonly KeyRing _keys;
    private readonly TimeProvider _time;
    private readonly Retry _retry;
    private readonly MirrorSources _sources;
    private readonly IMirrorSource _source;
    private readonly ServedMirror _served;
    private readonly TiupServer _server;

    private ServerPublisher(string address, KeyRing keys, MirrorSettings settings, TimeProvider time)
    {
        (Address, _keys, _time) = (address, keys, time);
        _retry = new Retry(settings, time);
        _sources = new MirrorSources(settings, time);
        _source = _sources.Open(address);
        _server = new TiupServer(address, _sources.CreateUploadClient(), settings, time);
        var isOfProfile = MirrorAddress.Same(address, new MirrorProfile(settings.Home).Address);
        _served = new ServedMirror(_source, new TrustStore(settings.Home, address, isOfProfile, time), _retry);
    }

    public string Address { get; }

    public static async Task<ServerPublisher> OpenAsync(string address, string keysDirectory, MirrorSettings settings, TimeProvider time, CancellationToken cancellation)
    {
        var keys = await KeyRing.OpenAsync(keysDirectory, cancellation).ConfigureAwait(false);
        try
        {
            return new ServerPublisher(address, keys, settings, time);
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    public async Task CheckAsync(Publication publication, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(publication);
        var version = await PublicationCheck.RequireAsync(publication, cancellation).ConfigureAwait(false);
        var served = await _served.ReadAsync(publication.Component, cancellation).ConfigureAwait(false);
        served.Draft(publication.Component, _time.GetUtcNow()).RequirePlace(publication, version);
        _keys.For(OwnerChoice.Of(served.Set.Index!, _keys, publication.Component, publication.Owner, Address));
    }

    public async Task<VersionItem> PublishAsync(Publication publication, IProgress<UploadProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(publication);
        var version = await PublicationCheck.RequireAsync(publication, cancellation).ConfigureAwait(false);
        var change = new PublishChange(publication, version, await PackageDigest.OfAsync(publication.TarballPath, cancellation).ConfigureAwait(false));
        return change.Item((await RunAsync(change, progress, cancellation).ConfigureAwait(false)).Manifest!)!;
    }

    public Task YankAsync(string component, string? version, bool yanked = true, CancellationToken cancellation = default) => version is null
        ? ModifyAsync(new Modification { Component = component, Yanked = yanked }, cancellation)
        : RunAsync(new YankChange(component, version, yanked, Address), progress: null, cancellation);

    public async Task<ComponentSummary> ModifyAsync(Modification modification, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(modification);
        if (modification.Owner is not null)
        {
            throw new MirrorException(
                MirrorFailure.NotConfigured, $"a tiup-server takes no change of owners; give {modification.Component} to {modification.Owner} in the mirror's directory, with --mirror <directory>");
        }

        var served = await RunAsync(new ModifyChange(modification, Address), progress: null, cancellation).ConfigureAwait(false);
        return served.Set.Index!.Components[modification.Component].Summary;
    }

    public void Dispose()
    {
        _server.Dispose();
        _source.Dispose();
        _sources.Dispose();
        _keys.Dispose();
    }

    /// <returns>What the mirror serves, with the change in it.</returns>
    private async Task<ServedComponent> RunAsync(ComponentChange change, IProgress<UploadProgress>? progress, CancellationToken cancellation)
    {
        var attempt = new Attempt(this, change, progress);
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await attempt.RunAsync(cancellation).ConfigureAwait(false);
            }
            catch (TransientException error) when (failures < _retry.Attempts)
            {
                await _retry.WaitAsync(failures, error, cancellation).ConfigureAwait(false);
            }
            catch (TransientException error)
            {
                // The last answer may have been lost, and not the change.
                return await attempt.FindAsync(cancellation).ConfigureAwait(false)
                    ?? throw new MirrorException(
                        MirrorFailure.Unavailable, $"cannot {change.Name} on {Address}: {error.Message} ({failures} attempts); {await attempt.StateAsync(cancellation).ConfigureAwait(false)}", error);
            }
        }
    }

    /// <summary>One change, tried until the mirror shows it.</summary>
    private sealed class Attempt(ServerPublisher publisher, ComponentChange change, IProgress<UploadProgress>? progress)
    {
        private readonly ServedMirror _served = publisher._served;

        /// <summary>True from the moment in which the server may have made the change.</summary>
        private bool _committed;

        public async Task<ServedComponent> RunAsync(CancellationToken cancellation)
        {
            if (await FindAsync(cancellation).ConfigureAwait(false) is { } there)
            {
                return there;
            }

            var (set, manifest, package) = await PrepareAsync(cancellation).ConfigureAwait(false);
            var session = Guid.NewGuid();
            if (package is not null)
            {
                await publisher._server.UploadAsync(session, package, progress, cancellation).ConfigureAwait(false);
            }

            var isNew = !set.Index!.Components.ContainsKey(change.Component);
            await CommitAsync(session, manifest, change.Flags(isNew), cancellation).ConfigureAwait(false);
            return await ConfirmAsync(manifest, cancellation).ConfigureAwait(false);
        }

        /// <summary>What the mirror serves, if that is what an earlier attempt has sent; null if not.</summary>
        public async Task<ServedComponent?> FindAsync(CancellationToken cancellation)
        {
            if (!_committed)
            {
                return null;
            }

            var served = await ReadBackAsync(() => _served.ReadAsync(change.Component, cancellation)).ConfigureAwait(false);
            return IsIn(served) && await FaultAsync(served.Manifest!, cancellation).ConfigureAwait(false) is null ? served : null;
        }

        /// <summary>How things stand after the last attempt has failed.</summary>
        public async Task<string> StateAsync(CancellationToken cancellation)
        {
            var served = await ReadBackAsync(() => _served.ReadAsync(change.Component, cancellation)).ConfigureAwait(false);
            return _committed && IsIn(served) ? $"the mirror names it and does not serve it: {change.Remedy}" : "the mirror does not have it";
        }

        private async Task<(TrustedSet Set, SignedDocument Manifest, OutgoingPackage? Package)> PrepareAsync(CancellationToken cancellation)
        {
            var served = await _served.ReadAsync(change.Component, cancellation).ConfigureAwait(false);
            var now = publisher._time.GetUtcNow();
            var draft = served.Draft(change.Component, now);
            var package = change.Apply(draft, again: _committed);
            var owner = OwnerChoice.Of(served.Set.Index!, publisher._keys, change.Component, change.Owner, publisher.Address);
            Drafts.RenewComponent(draft.Json, change.Component, served.Set.Snapshot!, now);
            var bytes = Drafts.Sign(TiupForm.Of(draft.Json), publisher._keys.For(owner));
            return (served.Set, SignedDocument.Parse(new Origin($"{change.Component}.json", "this machine"), bytes), package);
        }

        private async Task CommitAsync(Guid session, SignedDocument manifest, IReadOnlyDictionary<string, bool> flags, CancellationToken cancellation)
        {
            try
            {
                _committed = true;
                await publisher._server.CommitAsync(session, change.Component, manifest.Bytes.ToArray(), flags, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException error)
            {
                throw new MirrorException(MirrorFailure.Unavailable, $"interrupted while {publisher.Address} was asked to {change.Name}; {Unknown}", error);
            }
        }

        /// <summary>The server has said that it is done. Caches on the way may need a moment.</summary>
        private async Task<ServedComponent> ConfirmAsync(SignedDocument sent, CancellationToken cancellation)
        {
            var version = sent.Signed.Number("version");
            for (var looks = 1; ; looks++)
            {
                var served = await ReadBackAsync(() => _served.ReadAsync(change.Component, cancellation)).ConfigureAwait(false);
                if (served.Manifest is { } manifest && manifest.Version >= version)
                {
                    return await ConfirmAsync(sent, served, manifest, cancellation).ConfigureAwait(false);
                }

                var late = $"the server says that it is done, and the mirror serves {(served.Manifest is { } old ? $"version {old.Version} of the component's manifest where {version} was sent" : "no such component")}";
                if (looks >= publisher._retry.Attempts)
                {
                    throw new MirrorException(MirrorFailure.Unavailable, $"cannot {change.Name} on {publisher.Address}: {late}; {Unknown}");
                }

                await publisher._retry.WaitAsync(looks, new TransientException(late), cancellation).ConfigureAwait(false);
            }
        }

        private async Task<ServedComponent> ConfirmAsync(SignedDocument sent, ServedComponent served, ComponentManifest manifest, CancellationToken cancellation)
        {
            var isSame = served.Document!.SignedBytes.Span.SequenceEqual(sent.SignedBytes.Span);
            if (!IsIn(served) || (!isSame && manifest.Version == sent.Signed.Number("version")))
            {
                throw new TransientException("the server says that it is done, and the mirror serves another publisher's manifest");
            }

            return await FaultAsync(manifest, cancellation).ConfigureAwait(false) is { } fault
                ? throw new TransientException($"the server says that it is done, and {fault}")
                : served;
        }

        private bool IsIn(ServedComponent served) => served.Manifest is { } manifest && change.IsIn(served.Set.Index!.Components[change.Component], manifest);

        private Task<string?> FaultAsync(ComponentManifest manifest, CancellationToken cancellation) => change.Item(manifest) is { } item
            ? ReadBackAsync(() => _served.FaultAsync(item, cancellation))
            : Task.FromResult<string?>(null);

        /// <summary>When the mirror cannot be read any more, nobody knows what has become of the change.</summary>
        private async Task<T> ReadBackAsync<T>(Func<Task<T>> read)
        {
            try
            {
                return await read().ConfigureAwait(false);
            }
            catch (MirrorException error) when (_committed)
            {
                throw new MirrorException(error.Failure, $"{error.Message}; {Unknown}", error);
            }
        }

        private string Unknown => $"whether it has happened, `mirror list {change.Component}` will tell";
    }
}
