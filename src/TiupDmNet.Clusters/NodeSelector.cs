using TiupDmNet.Clusters.Topology;

namespace TiupDmNet.Clusters;

/// <summary>What <c>-N</c> and <c>-R</c> mean: both intersect; an empty list means "all".</summary>
public static class NodeSelector
{
    /// <summary>TiUP's roles in start order.</summary>
    public static readonly IReadOnlyList<string> Roles = [.. Role.All.Select(role => role.Name)];

    /// <returns>In start order: by role as in <see cref="Roles"/>, then as listed in meta.yaml.</returns>
    /// <exception cref="NodeSelectionException">Unknown node or role (the message lists the valid ones), or nothing is left.</exception>
    public static IReadOnlyList<Node> Select(ClusterTopology topology, IReadOnlyCollection<string> nodeIds, IReadOnlyCollection<string> roles)
    {
        if (roles.FirstOrDefault(role => !Roles.Contains(role)) is { } noRole)
        {
            throw new NodeSelectionException($"not valid role: {noRole}, should be one of: [{string.Join(' ', Roles)}]{Suggestion.For(noRole, Roles)}");
        }

        if (nodeIds.FirstOrDefault(id => topology.Find(id) is null) is { } noNode)
        {
            var valid = topology.Nodes.Select(node => node.Id).ToList();
            throw new NodeSelectionException($"cannot find node id '{noNode}' in topology, should be one of: [{string.Join(' ', valid)}]{Suggestion.For(noNode, valid)}");
        }

        Node[] selected =
        [
            .. topology.Nodes
                .Where(node => (roles.Count == 0 || roles.Contains(node.Component)) && (nodeIds.Count == 0 || nodeIds.Contains(node.Id)))
                .OrderBy(node => Roles.TakeWhile(role => role != node.Component).Count()),
        ];
        return selected.Length > 0
            ? selected
            : throw new NodeSelectionException($"no instance found on specified role([{string.Join(' ', roles)}]) and nodes([{string.Join(' ', nodeIds)}])");
    }
}
