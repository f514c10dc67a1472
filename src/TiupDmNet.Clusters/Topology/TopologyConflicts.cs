using System.Globalization;

namespace TiupDmNet.Clusters.Topology;

/// <summary>
/// TiUP's checks of a DM topology, in its order and words (pingcap/tiup components/dm/spec/topology_dm.go:639). TiUP's
/// messages name a field with its whole yaml tag, hence the `,omitempty`.
/// </summary>
internal static class TopologyConflicts
{
    private static readonly string[] LocalPaths = ["config_file", "rule_dir", "dashboard_dir"];

    public static IReadOnlyList<string> Find(ClusterTopology topology) =>
        [.. Platforms(topology), .. Ports(topology), .. Directories(topology), .. RelativePaths(topology)];

    private static IEnumerable<string> Platforms(ClusterTopology topology)
    {
        var seen = new Dictionary<string, (string Platform, string Section)>();
        foreach (var node in topology.Nodes)
        {
            var here = (Platform: $"{node.Os}/{node.Arch}", Section: Role.Of(node).Section);
            if (!seen.TryAdd(node.Host, here) && seen[node.Host] is var there && there.Platform != here.Platform)
            {
                yield return $"platform mismatch for '{node.Host}' between '{there.Section}:{there.Platform}' and '{here.Section}:{here.Platform}'";
            }
        }
    }

    private static IEnumerable<string> Ports(ClusterTopology topology)
    {
        var uses = topology.Nodes.SelectMany(NodePorts);
        if (topology.Monitored is { } monitored)
        {
            uses = uses.Concat(topology.Nodes.Select(node => node.Host).Distinct().SelectMany(host => new[]
            {
                new Use(host, Text(monitored.NodeExporterPort), $"monitored:{host}.node_exporter_port,omitempty"),
                new Use(host, Text(monitored.BlackboxExporterPort), $"monitored:{host}.blackbox_exporter_port,omitempty"),
            }));
        }

        return Twice("port", uses);
    }

    private static IEnumerable<Use> NodePorts(Node node)
    {
        var role = Role.Of(node);
        yield return Port(role.Main, node.Port);
        if (role.Second is { } second && node.Ports.Count > 1)
        {
            yield return Port(second, node.Ports[1]);
        }

        Use Port(PortKey key, int port) => new(node.Host, Text(port), $"{role.Section}:{node.Host}.{key.Key}{(role.Omits(key.Key) ? ",omitempty" : "")}");
    }

    private static IEnumerable<string> Directories(ClusterTopology topology) => Twice("directory", topology.Nodes.SelectMany(node => new[]
    {
        new Use(node.Host, node.WrittenDataDir, $"{Role.Of(node).Section}:{node.Host}.data_dir,omitempty"),
        new Use(node.Host, node.WrittenDeployDir, $"{Role.Of(node).Section}:{node.Host}.deploy_dir,omitempty"),
    }.Where(use => UnixPath.IsAbsolute(use.Value))));

    private static IEnumerable<string> RelativePaths(ClusterTopology topology) =>
        from node in topology.Nodes
        from field in LocalPaths
        let path = node.Fields.GetValueOrDefault(field) as string
        where path is { Length: > 0 } && !UnixPath.IsAbsolute(path)
        select $"relative path is not allowed for field {field}: {path}";

    private static IEnumerable<string> Twice(string what, IEnumerable<Use> uses)
    {
        var seen = new Dictionary<(string Host, string Value), Use>();
        foreach (var use in uses)
        {
            if (!seen.TryAdd((use.Host, use.Value), use))
            {
                yield return $"{what} conflict for '{use.Value}' between '{seen[(use.Host, use.Value)].By}' and '{use.By}'";
            }
        }
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private sealed record Use(string Host, string Value, string By);
}
