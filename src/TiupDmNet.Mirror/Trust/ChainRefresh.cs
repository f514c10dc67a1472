using TiupDmNet.Mirror.Fetch;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Trust;

/// <param name="Bytes">The whole file, as its owner has signed it.</param>
internal sealed record VerifiedComponent(ComponentManifest Manifest, byte[] Bytes);

/// <summary>
/// Brings a <see cref="TrustedSet"/> up to the mirror's present state: timestamp, snapshot, index and, where needed, roots, as one
/// consistent set. A mirror that changes in the middle is read again from the start.
/// </summary>
/// <remarks>
/// Newer roots are looked for when the snapshot names one, or when something does not verify or has expired under the present root.
/// To ask every time, as TUF does, would cost a request and not stop anybody: who can serve an old timestamp can deny a new root as well.
/// </remarks>
internal sealed class ChainRefresh(IMirrorSource source, TrustStore store, Retry retry)
{
    private const long RootLimit = 1 << 20;

    /// <summary>TiUP itself reads no more. (pingcap/tiup pkg/repository/v1_repository.go:88)</summary>
    private const long TimestampLimit = 1024;

    private const int MostPasses = 3;
    private const long LargestManifest = 64 << 20;
    private const long UnknownLength = 16 << 20;

    /// <param name="expiry"><see cref="Expiry.Noted"/> to look at a mirror that has expired.</param>
    public async Task<TrustedSet> RunAsync(Expiry expiry, CancellationToken cancellation)
    {
        for (var passes = 1; ; passes++)
        {
            try
            {
                return await new Pass(this, store.Begin(expiry)).RunAsync(cancellation).ConfigureAwait(false);
            }
            catch (MirrorException error) when (passes < Math.Min(MostPasses, retry.Attempts) && MayHaveChanged(error))
            {
                await retry.WaitAsync(passes, new TransientException(error.Message), cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Fetches and checks the current manifest of a component, or takes it from the cache if that is the current one.</summary>
    public async Task<ComponentManifest> GetComponentAsync(TrustedSet set, string id, CancellationToken cancellation) =>
        (await ReadComponentAsync(set, id, cancellation).ConfigureAwait(false)).Manifest;

    /// <summary>The same, with the document that was verified.</summary>
    public async Task<VerifiedComponent> ReadComponentAsync(TrustedSet set, string id, CancellationToken cancellation)
    {
        var (item, entry) = set.Find(id);
        if (TryCached(id + ".json", cached => new VerifiedComponent(set.AcceptComponent(id, cached), cached)) is { } known)
        {
            return known;
        }

        var bytes = await FetchAsync(RoleNames.Versioned(entry.Version, item.Url), Limit(entry.Length), cancellation).ConfigureAwait(false);
        var manifest = set.AcceptComponent(id, bytes);
        await store.KeepComponentAsync(id, bytes, cancellation).ConfigureAwait(false);
        return new VerifiedComponent(manifest, bytes);
    }

    private static bool MayHaveChanged(MirrorException error) => error is UntrustedException { Rule: TrustRule.Consistency } or AbsentException;

    /// <summary>The result of accepting a cached file; null when there is none, or it is not accepted.</summary>
    private T? TryCached<T>(string name, Func<byte[], T> accept) where T : class
    {
        try
        {
            return store.Cached(name) is { } bytes ? accept(bytes) : null;
        }
        catch (UntrustedException)
        {
            return null;
        }
    }

    private async Task<byte[]> FetchAsync(string file, long limit, CancellationToken cancellation) =>
        await source.ReadAsync(file, limit, cancellation).ConfigureAwait(false) ?? throw new AbsentException(file, source.Address);

    private static long Limit(long promised) => promised > 0 ? Math.Min(promised, LargestManifest) : UnknownLength;

    /// <summary>A manifest that must be there is not.</summary>
    private sealed class AbsentException(string file, string mirror)
        : MirrorException(MirrorFailure.Unavailable, $"{mirror} has no {file}, which a mirror must have; check the address with `mirror show`");

    /// <summary>One reading of the mirror. Each document is fetched at most once.</summary>
    private sealed class Pass(ChainRefresh refresh, TrustedSet set)
    {
        private bool _walked;
        private byte[]? _timestamp;
        private byte[]? _snapshot;

        public async Task<TrustedSet> RunAsync(CancellationToken cancellation)
        {
            if (set.Root.Version < refresh.Seen.Root)
            {
                await WalkRootsAsync(long.MaxValue, cancellation).ConfigureAwait(false);
            }

            while (true)
            {
                try
                {
                    await AcceptAllAsync(cancellation).ConfigureAwait(false);
                    if (set.MissingRoot() is not { } missing)
                    {
                        set.FinishRoots();
                        return set;
                    }

                    if (_walked)
                    {
                        throw missing;
                    }

                    await WalkRootsAsync(set.Snapshot!.RootVersion, cancellation).ConfigureAwait(false);
                }
                catch (UntrustedException error) when (!_walked && error.Rule is (TrustRule.Signature or TrustRule.Expiry))
                {
                    if (!await WalkRootsAsync(long.MaxValue, cancellation).ConfigureAwait(false))
                    {
                        throw;
                    }
                }
            }
        }

        private async Task AcceptAllAsync(CancellationToken cancellation)
        {
            _timestamp ??= await refresh.FetchAsync(RoleNames.TimestampFile, TimestampLimit, cancellation).ConfigureAwait(false);
            set.AcceptTimestamp(_timestamp);
            _snapshot ??= await GetSnapshotAsync(set.Timestamp!, cancellation).ConfigureAwait(false);
            set.AcceptSnapshot(_snapshot);
            if (set.MissingRoot() is null && refresh.TryCached(RoleNames.IndexFile, AcceptIndex) is null)
            {
                var entry = set.Snapshot!.Entry(set.Root.IndexUrl);
                AcceptIndex(await refresh.FetchAsync(RoleNames.Versioned(entry.Version, set.Root.IndexUrl), Limit(entry.Length), cancellation).ConfigureAwait(false));
            }
        }

        private IndexManifest AcceptIndex(byte[] bytes)
        {
            set.AcceptIndex(bytes);
            return set.Index!;
        }

        private async Task<byte[]> GetSnapshotAsync(TimestampManifest timestamp, CancellationToken cancellation) =>
            refresh.Cached(RoleNames.SnapshotFile) is { } cached && timestamp.SnapshotHashes.Difference(cached) is null
                ? cached
                : await refresh.FetchAsync(RoleNames.SnapshotFile, Limit(timestamp.SnapshotLength), cancellation).ConfigureAwait(false);

        /// <returns>True if there were newer roots.</returns>
        private async Task<bool> WalkRootsAsync(long last, CancellationToken cancellation)
        {
            _walked = true;
            var before = set.Root.Version;
            while (set.Root.Version < last
                && await refresh.ReadRootAsync(set.Root.Version + 1, cancellation).ConfigureAwait(false) is { } next)
            {
                set.AcceptRoot(next);
            }

            set.FinishRoots();
            return set.Root.Version > before;
        }
    }

    private SeenVersions Seen => store.Seen();

    private byte[]? Cached(string name) => store.Cached(name);

    private Task<byte[]?> ReadRootAsync(long version, CancellationToken cancellation) =>
        source.ReadAsync(RoleNames.Versioned(version, RoleNames.RootFile), RootLimit, cancellation);
}
