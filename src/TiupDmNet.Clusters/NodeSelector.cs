using TiupDmNet.Clusters.Topology;

namespace TiupDmNet.Clusters;

/// <summary>What <c>-N</c> and <c>-R</c> mean: both intersect; an empty list means "all".</summary>
public static class NodeSelector
{
    /// <summary>TiUP's roles in start order.</summary>
    public static readonly IReadOnlyList<string> Roles = ["dm-master", "dm-worker", "prometheus", "grafana", "alertmanager"];

    /// <exception cref="NodeSelectionException">Unknown node or role (the message lists the valid ones), or nothing is left.</exception>
    public static IReadOnlyList<Node> Select(ClusterTopology topology, IReadOnlyCollection<string> nodeIds, IReadOnlyCollection<string> roles) => throw new NotImplementedException();
}
