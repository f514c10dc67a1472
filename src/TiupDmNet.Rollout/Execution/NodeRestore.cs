using TiupDmNet.Clusters.Topology;
using TiupDmNet.DataMigration;
using TiupDmNet.Hosts;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Events;

namespace TiupDmNet.Rollout.Execution;

/// <summary>The way back of a node that failed: stop it, put its old files back, start it, and see that it is as well as before.</summary>
internal sealed class NodeRestore(RunTools tools, Node node, NodeDirectory directory, string oldSha256, BuildInfo? oldBuild, string generation)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public async Task<NodeEnd> RunAsync(string reason, DmSnapshot? baseline, CancellationToken abort)
    {
        if (oldSha256.Length == 0)
        {
            return await BrokenAsync(reason, "there is no old build to put back").ConfigureAwait(false);
        }

        var begun = tools.Time.GetTimestamp();
        while (true)
        {
            try
            {
                await directory.Systemd.StopAsync(node.UnitName, tools.Context.WaitTimeout, abort).ConfigureAwait(false);
                await directory.RestoreAsync(generation, abort).ConfigureAwait(false);
                await directory.Systemd.StartAsync(node.UnitName, tools.Context.WaitTimeout, abort).ConfigureAwait(false);
                await new HealthGate(tools, node, directory).WaitAsync(oldSha256, oldBuild, baseline, TimeSpan.Zero, abort).ConfigureAwait(false);
                await tools.Events.PublishAsync(new NodeRestored(), node.Id).ConfigureAwait(false);
                return new NodeEnd(NodeEndKind.Restored, reason);
            }
            catch (HostException e) when (e.Failure is HostFailure.Unreachable or HostFailure.Lost && tools.Time.GetElapsedTime(begun) < tools.Context.WaitTimeout)
            {
                await tools.Events.PublishAsync(new NodeAwaited($"{node.ManageHost} to be reachable again"), node.Id).ConfigureAwait(false);
                await Task.Delay(Pause, tools.Time, abort).ConfigureAwait(false);
            }
            catch (Exception e) when (NodeRollout.IsExpected(e))
            {
                return await BrokenAsync(reason, e.Message).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The same for a node that was stopped and stays so.</summary>
    public async Task<NodeEnd> RunStoppedAsync(string reason, CancellationToken abort)
    {
        try
        {
            await directory.RestoreAsync(generation, abort).ConfigureAwait(false);
            var disk = await directory.DiskSha256Async(abort).ConfigureAwait(false);
            if (disk != oldSha256)
            {
                return await BrokenAsync(reason, "its old files are not in place").ConfigureAwait(false);
            }

            await tools.Events.PublishAsync(new NodeRestored(), node.Id).ConfigureAwait(false);
            return new NodeEnd(NodeEndKind.Restored, reason);
        }
        catch (HostException e)
        {
            return await BrokenAsync(reason, e.Message).ConfigureAwait(false);
        }
    }

    private async Task<NodeEnd> BrokenAsync(string reason, string why)
    {
        await tools.Events.PublishAsync(new NodeBroken(why), node.Id).ConfigureAwait(false);
        return new NodeEnd(NodeEndKind.Broken, $"{reason}; and it could not be put back: {why}");
    }
}
