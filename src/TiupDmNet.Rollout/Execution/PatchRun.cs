using TiupDmNet.Clusters;
using TiupDmNet.Hosts;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;
using TiupDmNet.Rollout.Survey;

namespace TiupDmNet.Rollout.Execution;

/// <summary>A whole run: stage everywhere, then one node at a time, then what later scale-outs install.</summary>
internal sealed class PatchRun(RunTools tools, PatchPlan plan, IReadOnlyList<NodeFacts> facts, IReadOnlySet<string> leftInHand)
{
    private readonly Dictionary<string, NodeOutcome> _nodes = plan.Nodes.ToDictionary(
        node => node.Node.Id,
        node => node.Action is NodeAction.None or NodeAction.MarkOnly
            ? new NodeOutcome(node.Node.Id, NodeResult.New, "had the new build already")
            : new NodeOutcome(node.Node.Id, NodeResult.Old, "not touched"));

    private readonly HashSet<string> _inHand = [.. leftInHand];
    private int _changed;

    public async Task<PatchOutcome> RunAsync(CancellationToken stop, CancellationToken abort)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, abort);
        try
        {
            var toPatch = plan.Nodes.Where(node => node.Action is NodeAction.Patch or NodeAction.PatchStopped or NodeAction.Finish).ToList();
            var staged = await new PackageStager(tools).StageAsync(toPatch, either.Token).ConfigureAwait(false);
            var waiting = toPatch.Select(node => staged.First(ready => ready.Planned == node)).ToList();
            for (var number = 1; waiting.Count > 0; number++)
            {
                if (stop.IsCancellationRequested)
                {
                    return Outcomes.Interrupted(tools.Request, Nodes);
                }

                if (tools.Events.Failure is { } failure)
                {
                    return Outcomes.Failed(tools.Request, failure.Message, Nodes, _changed > 0);
                }

                var next = await NextAsync(waiting, abort).ConfigureAwait(false);
                waiting.Remove(next);
                if (await FailedAsync(next, number, toPatch.Count, abort).ConfigureAwait(false) is { } outcome)
                {
                    return outcome;
                }
            }

            await MarkAsync(abort).ConfigureAwait(false);
            return Outcomes.Done(plan, staged.Count > 0 ? staged[0].Build : null, Nodes);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return Outcomes.Interrupted(tools.Request, Nodes);
        }
        catch (Exception e) when (NodeRollout.IsExpected(e))
        {
            return Outcomes.Failed(tools.Request, e.Message, Nodes, _changed > 0);
        }
    }

    private List<NodeOutcome> Nodes => plan.Nodes.Select(node => _nodes[node.Node.Id]).ToList();

    // Leadership may have moved since the plan was made: whoever leads now comes last.
    private async Task<StagedNode> NextAsync(List<StagedNode> waiting, CancellationToken abort)
    {
        if (plan.Offline || plan.Component != "dm-master" || waiting.Count == 1 || waiting[0].Planned.Action == NodeAction.Finish)
        {
            return waiting[0];
        }

        var leader = (await tools.ControlPlane.Api.ObserveAsync(abort).ConfigureAwait(false)).Leader;
        return waiting.FirstOrDefault(node => node.Planned.Node.Name != leader) ?? waiting[0];
    }

    /// <summary>Gives one node its turn; null when all went well.</summary>
    private async Task<PatchOutcome?> FailedAsync(StagedNode staged, int number, int count, CancellationToken abort)
    {
        var node = staged.Planned.Node;
        var rollout = new NodeRollout(tools, staged.Planned, facts.First(fact => fact.Node.Id == node.Id), staged.Directory, staged.Build);
        _nodes[node.Id] = new NodeOutcome(node.Id, NodeResult.Broken, "the run ended in the middle of its turn");
        NodeEnd end;
        if (staged.Planned.Action == NodeAction.PatchStopped)
        {
            end = await rollout.RunStoppedAsync(number, count, abort).ConfigureAwait(false);
        }
        else
        {
            var members = tools.Cluster.Topology.Nodes.Where(other => _inHand.Contains(other.Id)).Select(other => other.Name).ToHashSet();
            end = await rollout.RunAsync(number, count, members, abort).ConfigureAwait(false);
        }

        _nodes[node.Id] = new NodeOutcome(node.Id, end.Kind switch
        {
            NodeEndKind.Patched => NodeResult.New,
            NodeEndKind.Broken => NodeResult.Broken,
            _ => NodeResult.Old,
        }, end.Kind == NodeEndKind.Restored ? $"failed and has its old files back: {end.Detail}" : end.Detail);
        switch (end.Kind)
        {
            case NodeEndKind.Patched:
                _changed++;
                _inHand.Remove(node.Id);
                return null;
            case NodeEndKind.Untouched:
                return Outcomes.Failed(tools.Request, $"{node.Id} was not touched: {end.Detail}", Nodes, _changed > 0);
            case NodeEndKind.Restored:
                return Outcomes.RolledBack(tools.Request, node.Id, end.Detail, Nodes, _changed > 0);
            default:
                return Outcomes.Failed(tools.Request, $"{node.Id}: {end.Detail}", Nodes, changed: true);
        }
    }

    private async Task MarkAsync(CancellationToken abort)
    {
        var unmarked = plan.Nodes.Where(node => node.Action == NodeAction.MarkOnly).Select(node => node.Node.Id).ToList();
        if (unmarked.Count > 0)
        {
            await tools.Cluster.MarkPatchedAsync(unmarked, patched: true, abort).ConfigureAwait(false);
            foreach (var node in plan.Nodes.Where(node => node.Action == NodeAction.MarkOnly))
            {
                await tools.Events.PublishAsync(new NodePatched(), node.Node.Id).ConfigureAwait(false);
                // What an interrupted run had staged there is of no use any more.
                var host = await tools.Hosts.ConnectAsync(tools.Hosts.AddressOf(node.Node), abort).ConfigureAwait(false);
                await new NodeDirectory(host, tools.Hosts.Scope, node.Node, tools.Package, tools.Context.WaitTimeout).CleanAsync(abort).ConfigureAwait(false);
            }
        }

        if (plan.Overwrite)
        {
            var path = await tools.Cluster.Patches.SetAsync(plan.Component, plan.Package.Path, abort).ConfigureAwait(false);
            await tools.Events.PublishAsync(new OverwriteRecorded(path)).ConfigureAwait(false);
        }
    }
}
