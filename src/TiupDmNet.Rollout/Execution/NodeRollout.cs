using System.Globalization;
using Newtonsoft.Json.Linq;
using TiupDmNet.Clusters;
using TiupDmNet.DataMigration;
using TiupDmNet.Hosts;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Gates;
using TiupDmNet.Rollout.Planning;
using TiupDmNet.Rollout.Survey;
using TiupDmNet.Storage;

namespace TiupDmNet.Rollout.Execution;

internal enum NodeEndKind
{
    Patched,

    /// <summary>Nothing was done to it.</summary>
    Untouched,

    /// <summary>It failed and has its old files back.</summary>
    Restored,

    /// <summary>It failed and could not be put back.</summary>
    Broken,
}

internal sealed record NodeEnd(NodeEndKind Kind, string Detail);

/// <summary>The turn of one node: gates, drain, stop, replace, start, check; on failure the way back.</summary>
internal sealed class NodeRollout(RunTools tools, PlannedNode planned, NodeFacts facts, NodeDirectory directory, BuildInfo? newBuild)
{
    private static readonly TimeSpan GatePatience = TimeSpan.FromSeconds(30);
    private readonly Clusters.Topology.Node _node = planned.Node;
    private readonly string _generation = GenerationFor(planned, facts);

    public async Task<NodeEnd> RunAsync(int number, int count, IReadOnlySet<string> inHand, CancellationToken abort)
    {
        await PublishAsync(new NodeBegun(number, count, planned.Action == NodeAction.Finish ? "finishing" : "patching")).ConfigureAwait(false);
        DmSnapshot? baseline;
        var drain = new LeaderDrain(tools, _node);
        await using (drain.ConfigureAwait(false))
        {
            try
            {
                baseline = await PassGatesAsync(drain, inHand, abort).ConfigureAwait(false);
                await directory.BackupAsync(tools.Cluster.Topology.Version, abort).ConfigureAwait(false);
            }
            catch (Exception e) when (IsExpected(e))
            {
                await PublishAsync(new NodeFailed(e.Message)).ConfigureAwait(false);
                return new NodeEnd(NodeEndKind.Untouched, e.Message);
            }

            await PublishAsync(new NodeStopping()).ConfigureAwait(false);
            try
            {
                await ReplaceAsync(drain, baseline, abort).ConfigureAwait(false);
            }
            catch (Exception e) when (IsExpected(e))
            {
                var reason = await ExplainAsync(e, abort).ConfigureAwait(false);
                await PublishAsync(new NodeFailed(reason)).ConfigureAwait(false);
                return await new NodeRestore(tools, _node, directory, planned.BeforeSha256, planned.Before, _generation).RunAsync(reason, baseline, abort).ConfigureAwait(false);
            }
        }

        return await RecordAsync(abort).ConfigureAwait(false);
    }

    /// <summary>Replaces the files of a node that is stopped, and leaves it stopped.</summary>
    public async Task<NodeEnd> RunStoppedAsync(int number, int count, CancellationToken abort)
    {
        await PublishAsync(new NodeBegun(number, count, "replacing the files of the stopped node")).ConfigureAwait(false);
        try
        {
            var process = await directory.LookAsync(abort).ConfigureAwait(false);
            if (!process.Unit.IsStopped)
            {
                return new NodeEnd(NodeEndKind.Untouched, $"{_node.UnitName} was started in the meantime");
            }

            await directory.BackupAsync(tools.Cluster.Topology.Version, abort).ConfigureAwait(false);
            await SwapAsync(abort).ConfigureAwait(false);
        }
        catch (Exception e) when (IsExpected(e))
        {
            await PublishAsync(new NodeFailed(e.Message)).ConfigureAwait(false);
            return await new NodeRestore(tools, _node, directory, planned.BeforeSha256, planned.Before, _generation).RunStoppedAsync(e.Message, abort).ConfigureAwait(false);
        }

        return await RecordAsync(abort).ConfigureAwait(false);
    }

    /// <summary>Failures that a run answers with an outcome; everything else is a fault of the program.</summary>
    internal static bool IsExpected(Exception e) => e is HostException or DmException or GatesClosedException or UnhealthyException or RolloutException or ClusterException or StorageException;

    // An interrupted run may have moved the old files away already: then they are in the newest generation.
    private static string GenerationFor(PlannedNode planned, NodeFacts facts) =>
        facts.DiskSha256 != planned.BeforeSha256
            ? facts.LastGeneration
            : NodeDirectory.NextGeneration(facts.LastGeneration, facts.DiskSha256);

    private async Task<DmSnapshot?> PassGatesAsync(LeaderDrain drain, IReadOnlySet<string> inHand, CancellationToken abort)
    {
        if (_node.Component is not ("dm-master" or "dm-worker"))
        {
            return null;
        }

        var rules = tools.ControlPlane.Rules(tools.Request, stopsMaster: _node.Component == "dm-master", inHand);
        var (seen, findings) = await tools.ControlPlane.Gates.WaitAsync(rules, GatePatience, abort).ConfigureAwait(false);
        await PublishAsync(new GatesOpen(findings.Select(finding => $"{finding.Gate}: {finding.Finding}").ToList())).ConfigureAwait(false);

        if (WorkerRules.Objection(_node, seen.Whole!, tools.Cluster.Topology.Version, tools.Request.AllowLoadRestart) is { } objection)
        {
            throw new GatesClosedException(objection);
        }

        if (seen.Whole!.Leader == _node.Name && tools.ControlPlane.Masters.Count > 1)
        {
            await drain.EvictAsync(rules, abort).ConfigureAwait(false);
        }

        return seen.Whole;
    }

    private async Task ReplaceAsync(LeaderDrain drain, DmSnapshot? baseline, CancellationToken abort)
    {
        var begun = tools.Time.GetTimestamp();
        // systemd kills after its own limit; ours only has to be longer.
        var limit = (facts.Unit?.StopTimeout ?? TimeSpan.FromSeconds(90)) + TimeSpan.FromSeconds(30);
        await directory.Systemd.StopAsync(_node.UnitName, limit, abort).ConfigureAwait(false);
        drain.Stopped();
        await PublishAsync(new NodeStopped(tools.Time.GetElapsedTime(begun))).ConfigureAwait(false);

        await SwapAsync(abort).ConfigureAwait(false);

        await directory.Systemd.StartAsync(_node.UnitName, tools.Context.WaitTimeout, abort).ConfigureAwait(false);
        await PublishAsync(new NodeLaunched()).ConfigureAwait(false);

        var healthySince = await new HealthGate(tools, _node, directory)
            .WaitAsync(tools.Package.Executable.Sha256, newBuild, baseline, tools.Request.Settle, abort).ConfigureAwait(false);
        await PublishAsync(new NodeHealthy(tools.Time.GetElapsedTime(begun, healthySince))).ConfigureAwait(false);
    }

    private async Task SwapAsync(CancellationToken abort)
    {
        var record = new JObject
        {
            ["schema"] = 1,
            ["component"] = _node.Component,
            ["package"] = tools.Package.Sha256,
            ["executable"] = tools.Package.Executable.Sha256,
            ["version"] = newBuild?.ReleaseVersion ?? "",
            ["commit"] = newBuild?.GitCommit ?? "",
            ["at"] = tools.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["by"] = $"{tools.Context.Operator}@{tools.Context.Machine}",
            ["replaced"] = _generation,
        };
        await directory.SwapAsync(_generation, record, abort).ConfigureAwait(false);
        await PublishAsync(new FilesReplaced($"{_node.DeployDir}/.dm-patch/generations/{_generation}")).ConfigureAwait(false);
    }

    private async Task<NodeEnd> RecordAsync(CancellationToken abort)
    {
        try
        {
            await tools.Cluster.MarkPatchedAsync([_node.Id], patched: true, abort).ConfigureAwait(false);
            await PublishAsync(new NodePatched()).ConfigureAwait(false);
            await directory.CleanAsync(abort).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ClusterException or StorageException)
        {
            return new NodeEnd(NodeEndKind.Broken, $"runs the new build and is healthy, but meta.yaml could not be updated: {e.Message}");
        }
        catch (HostException e)
        {
            await PublishAsync(new Notice($"could not remove the staged package: {e.Message}")).ConfigureAwait(false);
        }

        return new NodeEnd(NodeEndKind.Patched, "has the new build");
    }

    private async Task<string> ExplainAsync(Exception e, CancellationToken abort)
    {
        if (e is not UnhealthyException)
        {
            return e.Message;
        }

        var words = await directory.LastWordsAsync(abort).ConfigureAwait(false);
        return words.Length == 0 ? e.Message : $"{e.Message}; it last said:\n{Indent(words)}";
    }

    private static string Indent(string text) => string.Join('\n', text.Split('\n').Select(line => "    " + line));

    private Task PublishAsync(RolloutEvent happened) => tools.Events.PublishAsync(happened, _node.Id);
}
