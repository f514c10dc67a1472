using TiupDmNet.Clusters.Topology;
using TiupDmNet.DataMigration;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Gates;

namespace TiupDmNet.Rollout.Execution;

/// <summary>
/// Moves leadership away from a dm-master before it is stopped, and sees to it that the bar is lifted again whatever happens:
/// by the restart, which clears it, or by cancelling it.
/// </summary>
internal sealed class LeaderDrain(RunTools tools, Node node) : IAsyncDisposable
{
    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(60);
    private bool _barred;

    private MasterEndpoint Master => tools.ControlPlane.Master(node.Name);

    /// <summary>Evicts, and waits until another master leads and all agree on it.</summary>
    /// <exception cref="GatesClosedException">Nobody took over in time.</exception>
    /// <exception cref="DmException">The leader did not accept to be evicted.</exception>
    public async Task EvictAsync(GateRules rules, CancellationToken cancellation)
    {
        // Written down first: if this process dies in between, the next run lifts the bar.
        await tools.Events.PublishAsync(new LeaderEvicted(), node.Id).ConfigureAwait(false);
        _barred = true;
        await tools.ControlPlane.Api.EvictLeaderAsync(Master, cancellation).ConfigureAwait(false);
        await AwaitSuccessorAsync(cancellation).ConfigureAwait(false);
        var (seen, _) = await tools.ControlPlane.Gates.WaitAsync(rules, SettleLimit, cancellation).ConfigureAwait(false);
        if (seen.Whole!.Leader == node.Name)
        {
            throw new GatesClosedException($"{node.Name} leads again although it is barred from leading");
        }

        await tools.Events.PublishAsync(new LeaderMoved(seen.Whole.Leader), node.Id).ConfigureAwait(false);
    }

    /// <summary>The process has ended, and its flag with it.</summary>
    public void Stopped() => _barred = false;

    public async ValueTask DisposeAsync()
    {
        if (!_barred)
        {
            return;
        }

        // Also after Ctrl-C, hence its own limit instead of the run's token.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15), tools.Time);
        try
        {
            await tools.ControlPlane.Api.CancelEvictAsync(Master, limit.Token).ConfigureAwait(false);
            await tools.Events.PublishAsync(new EvictionUndone(), node.Id).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DmException or OperationCanceledException)
        {
            await tools.Events.PublishAsync(
                new Notice($"could not lift the bar from leading on {node.Name} ({e.Message}); it goes away when {node.UnitName} restarts, or with: curl -X PUT http://{node.Id}/apis/v1alpha1/leader/2"),
                node.Id).ConfigureAwait(false);
        }
    }

    private async Task AwaitSuccessorAsync(CancellationToken cancellation)
    {
        var begun = tools.Time.GetTimestamp();
        var others = tools.ControlPlane.Masters.Where(master => master.Name != node.Name).ToList();
        while (true)
        {
            var leaders = await Task.WhenAll(others.Select(other => LeaderAsync(other, cancellation))).ConfigureAwait(false);
            if (leaders.Any(leader => leader.Length > 0 && leader != node.Name))
            {
                return;
            }

            if (tools.Time.GetElapsedTime(begun) > HandOverLimit)
            {
                throw new GatesClosedException($"no other dm-master took over from {node.Name} within {HandOverLimit.TotalSeconds:0} s");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), tools.Time, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<string> LeaderAsync(MasterEndpoint master, CancellationToken cancellation)
    {
        try
        {
            return (await tools.ControlPlane.Api.ObserveMembersThroughAsync(master, cancellation).ConfigureAwait(false)).Leader;
        }
        catch (DmException)
        {
            return "";
        }
    }
}
