using TiupDmNet.Clusters.Topology;
using TiupDmNet.Packages;

namespace TiupDmNet.Rollout.Planning;

/// <summary>What a run will do, in order. It never changes; the operator confirms exactly this.</summary>
public sealed record PatchPlan
{
    public required string Cluster { get; init; }

    public required string ClusterVersion { get; init; }

    /// <summary>The package in the layout that goes to the hosts.</summary>
    public required ComponentPackage Package { get; init; }

    /// <summary>What the operator named, when it had to be wrapped or repacked; else the same as <see cref="ComponentPackage.Path"/>.</summary>
    public required string GivenPackage { get; init; }

    /// <summary>In the order in which they will be worked on.</summary>
    public required IReadOnlyList<PlannedNode> Nodes { get; init; }

    public required bool Offline { get; init; }

    public required bool Overwrite { get; init; }

    /// <summary>Sentences that the operator should read before saying yes.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    public string Component => Package.Component;

    /// <summary>True when every node has the build already and nothing is to be recorded.</summary>
    public bool IsNothingToDo => !Overwrite && Nodes.All(node => node.Action == NodeAction.None);
}

public enum NodeAction
{
    /// <summary>Drain, stop, replace, start, check.</summary>
    Patch,

    /// <summary>Replace the files of a stopped node.</summary>
    PatchStopped,

    /// <summary>Finish what an interrupted run had begun on this node.</summary>
    Finish,

    /// <summary>Runs this build, but meta.yaml does not say that it is patched.</summary>
    MarkOnly,

    /// <summary>Has the build already.</summary>
    None,
}

/// <param name="Node">Which.</param>
/// <param name="Action">What will be done to it.</param>
/// <param name="Before">The build it has on disk now, null when it could not be read.</param>
/// <param name="BeforeSha256">Of the executable on disk; "" when there is none.</param>
/// <param name="IsLeader">It leads the dm-masters at the moment.</param>
/// <param name="Interrupts">What stands still while it restarts, one sentence each; empty for nothing.</param>
public sealed record PlannedNode(Node Node, NodeAction Action, BuildInfo? Before, string BeforeSha256, bool IsLeader, IReadOnlyList<string> Interrupts);
