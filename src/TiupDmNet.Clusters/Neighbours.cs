using System.Globalization;
using TiupDmNet.Clusters.Topology;

namespace TiupDmNet.Clusters;

/// <summary>Whether new nodes would take what another cluster uses on the same machine (pingcap/tiup pkg/cluster/spec/validate.go:129).</summary>
internal static class Neighbours
{
    public static IEnumerable<string> FindConflicts(IReadOnlyCollection<Node> added, string cluster, IReadOnlyCollection<Node> theirs)
    {
        var used = theirs.SelectMany(Uses).ToLookup(use => use.What);
        return
            from node in added
            from use in Uses(node)
            from other in used[use.What].Take(1)
            select $"{use.What.Kind} {use.What.Value} of the new node {node.Id} is used on {use.What.Machine} by {other.By.Component} {other.By.Id} of cluster `{cluster}`";
    }

    private static IEnumerable<(Thing What, Node By)> Uses(Node node) =>
    [
        .. PortsOf(node).Distinct().Select(port => (new Thing(node.ManageHost, "port", port.ToString(CultureInfo.InvariantCulture)), node)),
        .. node.DataDirs.Append(node.DeployDir).Append(node.LogDir).Distinct().Select(path => (new Thing(node.ManageHost, "directory", path), node)),
    ];

    /// <summary>TiUP counts the exporters' ports among those of prometheus, but all clusters of a machine may share its exporters.</summary>
    private static IEnumerable<int> PortsOf(Node node) => node.Component == "prometheus" ? [node.Port] : node.Ports;

    private sealed record Thing(string Machine, string Kind, string Value);
}
