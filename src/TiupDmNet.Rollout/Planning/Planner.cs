using TiupDmNet.Clusters;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.DataMigration;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Gates;
using TiupDmNet.Rollout.Survey;

namespace TiupDmNet.Rollout.Planning;

/// <summary>Turns what was asked and what was seen into a plan, or says everything that stands against it. Pure.</summary>
internal sealed class Planner(PatchRequest request, Cluster cluster, ComponentPackage package, IReadOnlySet<string> inHand)
{
    private ClusterTopology Topology => cluster.Topology;

    /// <param name="hosts">What the hosts said; every selected node is there once.</param>
    /// <param name="seen">The live picture, null for an offline patch and for components that DM does not know.</param>
    /// <exception cref="RolloutException">The plan must not be carried out.</exception>
    public PatchPlan Plan(IReadOnlyList<HostFacts> hosts, DmSnapshot? seen)
    {
        var problems = new HostFitness(package, Topology.User, request.Offline).Problems(hosts);
        if (problems.Count > 0)
        {
            throw new RolloutException(string.Join('\n', problems));
        }

        var facts = hosts.SelectMany(host => host.Nodes).ToList();
        var nodes = facts.Select(node => Describe(node, seen)).ToList();
        return new PatchPlan
        {
            Cluster = cluster.Name,
            ClusterVersion = Topology.Version,
            Package = package,
            GivenPackage = request.Package,
            Nodes = Order(nodes, seen),
            Offline = request.Offline,
            Overwrite = request.Overwrite,
            Warnings = Warnings(nodes, seen).ToList(),
        };
    }

    private PlannedNode Describe(NodeFacts facts, DmSnapshot? seen)
    {
        var action = ActionFor(facts);
        var restarts = action is NodeAction.Patch or NodeAction.Finish;
        // What an interrupted run had put in place already, or had moved away, is not what the node had before.
        var isMoved = facts.DiskSha256.Length == 0 || (action == NodeAction.Finish && facts.DiskSha256 == package.Executable.Sha256);
        var before = isMoved ? facts.LastGenerationSha256 : facts.DiskSha256;
        return new PlannedNode(facts.Node, action, facts.Build, before, seen is not null && seen.Leader == facts.Node.Name, restarts ? Interrupts(facts.Node, seen).ToList() : []);
    }

    private NodeAction ActionFor(NodeFacts facts)
    {
        var isNew = facts.DiskSha256 == package.Executable.Sha256;
        if (request.Offline)
        {
            return !isNew ? NodeAction.PatchStopped : facts.Node.Patched ? NodeAction.None : NodeAction.MarkOnly;
        }

        var runsIt = isNew && facts.RunningSha256 == package.Executable.Sha256;
        if (inHand.Contains(facts.Node.Id))
        {
            // Also one that is marked already: its turn has to be closed, and what was staged for it removed.
            return runsIt ? NodeAction.MarkOnly : NodeAction.Finish;
        }

        return !runsIt ? NodeAction.Patch : facts.Node.Patched ? NodeAction.None : NodeAction.MarkOnly;
    }

    private static IEnumerable<string> Interrupts(Node node, DmSnapshot? seen)
    {
        if (seen is null)
        {
            yield break;
        }

        if (node.Component == "dm-master")
        {
            if (seen.Masters.Count < 3)
            {
                yield return "no control plane while it restarts";
            }
            else if (seen.Leader == node.Name)
            {
                yield return "leads: leadership moves to another dm-master first";
            }
        }

        var spare = seen.Workers.Any(worker => worker.Stage == WorkerStage.Free && worker.Name != node.Name);
        foreach (var subtask in seen.Subtasks.Where(subtask => subtask.Worker == node.Name && subtask.Stage == "Running"))
        {
            yield return spare
                ? $"{subtask.Task} on {subtask.Source} moves to a free worker"
                : $"{subtask.Task} on {subtask.Source} pauses while it restarts";
        }
    }

    private static List<PlannedNode> Order(List<PlannedNode> nodes, DmSnapshot? seen)
    {
        int Rank(PlannedNode node)
        {
            if (node.Action == NodeAction.Finish)
            {
                return -1;
            }

            if (seen is null || node.Node.Component == "dm-master")
            {
                return node.IsLeader ? 1 : 0;
            }

            // Free workers first: they cost nothing, and are patched landing places for the sources of the others.
            var worker = seen.Workers.FirstOrDefault(member => member.Name == node.Node.Name);
            var subtasks = seen.Subtasks.Where(subtask => subtask.Worker == node.Node.Name).ToList();
            return worker?.Stage switch
            {
                WorkerStage.Free => 0,
                WorkerStage.Relay => 1,
                _ => 2 + subtasks.Count + (subtasks.Any(subtask => subtask.Unit is "Dump" or "Load") ? 1_000_000 : 0),
            };
        }

        return nodes.OrderBy(Rank).ToList();
    }

    private IEnumerable<string> Warnings(List<PlannedNode> nodes, DmSnapshot? seen)
    {
        var all = Topology.Nodes.Count(node => node.Component == package.Component);
        if (request.Overwrite && nodes.Count < all)
        {
            yield return $"only {nodes.Count} of {all} {package.Component} nodes get this build, but every later scale-out will install it (--overwrite)";
        }

        if (!request.Overwrite && nodes.Count == all && package.Component is "dm-master" or "dm-worker")
        {
            yield return "a later scale-out will install the release build; add --overwrite to make it install this one";
        }

        foreach (var locked in seen?.Subtasks.Where(subtask => subtask.DdlLock.Length > 0) ?? [])
        {
            yield return $"{locked.Task} on {locked.Source} has an unresolved shard DDL lock ({locked.DdlLock})";
        }

        foreach (var node in nodes.Where(node => node.Action == NodeAction.Finish))
        {
            yield return $"{node.Node.Id} was left in the middle by an interrupted run and comes first";
        }

        if (seen is not null)
        {
            foreach (var objection in nodes.Select(node => WorkerRules.Objection(node.Node, seen, Topology.Version, request.AllowLoadRestart)).OfType<string>())
            {
                yield return objection;
            }
        }
    }
}
