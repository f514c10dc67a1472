using TiupDmNet.DataMigration.Protocol;

namespace TiupDmNet.DataMigration.Observation;

/// <summary>
/// Makes one picture out of four calls to one master: members, then sources and tasks together, then the leader and the workers once
/// more. When the second look differs from the first, or the lists from each other, the picture is of no moment at all and is taken again.
/// </summary>
internal sealed class SnapshotReader(DmCalls calls, TimeProvider time)
{
    private const int Attempts = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public async Task<DmSnapshot> ReadMembersAsync(MasterEndpoint master, CancellationToken cancellation)
    {
        var members = await MembersAsync(master, cancellation).ConfigureAwait(false);
        return new Picture(members, [], []).ToSnapshot(master, time.GetUtcNow(), []);
    }

    /// <param name="master">Who is asked.</param>
    /// <param name="turns">Null when nobody else asks at the same time.</param>
    /// <param name="cancellation">Ends the calls.</param>
    public async Task<DmSnapshot> ReadAsync(MasterEndpoint master, Turns? turns, CancellationToken cancellation)
    {
        var members = await MembersAsync(master, cancellation).ConfigureAwait(false);
        return turns is null
            ? await ReadAsync(master, members, cancellation).ConfigureAwait(false)
            : await turns.TakeAsync(() => ReadAsync(master, members, cancellation), snapshot => snapshot.Problems.Count == 0, cancellation).ConfigureAwait(false);
    }

    private async Task<DmSnapshot> ReadAsync(MasterEndpoint master, MemberList before, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var picture = await CompleteAsync(master, before, cancellation).ConfigureAwait(false);
            var movement = picture.Movement(before);
            if (movement.Count == 0 || attempt == Attempts)
            {
                return picture.ToSnapshot(master, time.GetUtcNow(), movement);
            }

            await Task.Delay(Pause, time, cancellation).ConfigureAwait(false);
            before = await MembersAsync(master, cancellation).ConfigureAwait(false);
        }
    }

    private Task<MemberList> MembersAsync(MasterEndpoint master, CancellationToken cancellation) =>
        calls.MembersAsync(master, MemberParts.All, null, null, cancellation);

    private async Task<Picture> CompleteAsync(MasterEndpoint master, MemberList before, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var sources = calls.SourcesAsync(master, stop.Token);
        var tasks = calls.TasksAsync(master, stop.Token);
        try
        {
            // The first to fail decides; the other one may take a minute more.
            await (await Task.WhenAny(sources, tasks).ConfigureAwait(false)).ConfigureAwait(false);
            await Task.WhenAll(sources, tasks).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(sources, tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var after = await calls.MembersAsync(master, MemberParts.Leader | MemberParts.Workers, null, null, cancellation).ConfigureAwait(false);
        var members = after with { Masters = before.Masters, Problems = [.. before.Problems.Union(after.Problems)] };
        return new Picture(members, await sources.ConfigureAwait(false), await tasks.ConfigureAwait(false));
    }
}
