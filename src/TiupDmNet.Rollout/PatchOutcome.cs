namespace TiupDmNet.Rollout;

public enum PatchResult
{
    /// <summary>Every node has the new build and is healthy (or was replaced offline).</summary>
    Done,

    /// <summary>Every node had it already.</summary>
    NothingToDo,

    /// <summary>Failed before any node was touched.</summary>
    Refused,

    /// <summary>Failed; the node in hand has its old files back, and no other node was changed.</summary>
    RolledBack,

    /// <summary>Failed; some nodes have the new build, or one is broken.</summary>
    Failed,

    /// <summary>Stopped by the operator; the nodes say how far it got.</summary>
    Interrupted,
}

public enum NodeResult
{
    /// <summary>Has the new build.</summary>
    New,

    /// <summary>Still has its old build; it was not touched, or it was put back.</summary>
    Old,

    /// <summary>Neither is sure: the detail says what is known.</summary>
    Broken,
}

/// <param name="NodeId">Which.</param>
/// <param name="Result">What it has now.</param>
/// <param name="Detail">A sentence.</param>
public sealed record NodeOutcome(string NodeId, NodeResult Result, string Detail);

/// <param name="Result">How the run ended.</param>
/// <param name="Message">One sentence; for a failure: what, where, and what to do next.</param>
/// <param name="Nodes">In the order of the plan.</param>
public sealed record PatchOutcome(PatchResult Result, string Message, IReadOnlyList<NodeOutcome> Nodes);
