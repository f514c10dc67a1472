namespace TiupDmNet.Clusters.Topology;

public enum SystemdMode
{
    /// <summary>Units in /etc/systemd/system, driven through sudo.</summary>
    System,

    /// <summary>Units of the deploy user, <c>systemctl --user</c>.</summary>
    User,
}

/// <summary>What meta.yaml says, parsed. It never changes: after a change the cluster reads a new one.</summary>
public sealed record ClusterTopology
{
    /// <summary>Deploy user; the one that ssh logs in as (top-level <c>user</c>).</summary>
    public required string User { get; init; }

    /// <summary>DM version such as v8.5.0, or "nightly".</summary>
    public required string Version { get; init; }

    public required GlobalOptions Global { get; init; }

    /// <summary>Null where the cluster has no exporters.</summary>
    public required MonitoredOptions? Monitored { get; init; }

    /// <summary>All instances: dm-master, dm-worker, prometheus, grafana, alertmanager; within a component as listed.</summary>
    public required IReadOnlyList<Node> Nodes { get; init; }

    /// <summary>Mirror components that a role is installed from instead of its own name (<c>component_sources</c>), by role.</summary>
    public IReadOnlyDictionary<string, string> ComponentSources { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// <c>server_configs</c> by role (dm-master, dm-worker, grafana). Values are null, bool, long, double, string, and lists and
    /// dictionaries of them; keys may be dotted.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, object?>> ServerConfigs { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, object?>>();

    /// <summary>The node with this ID, or null.</summary>
    public Node? Find(string nodeId) => Nodes.FirstOrDefault(node => node.Id == nodeId);

    /// <summary>This topology with more nodes, each behind those of its role.</summary>
    public ClusterTopology With(IEnumerable<Node> added) => this with
    {
        Nodes = [.. Nodes.Concat(added).OrderBy(node => NodeSelector.Roles.TakeWhile(role => role != node.Component).Count())],
    };

    /// <summary>
    /// What TiUP's validation has against the topology, in its words and order: a platform, port or directory used twice on
    /// one host. TiUP still displays such a cluster, but refuses to change it.
    /// </summary>
    public IReadOnlyList<string> FindConflicts() => TopologyConflicts.Find(this);
}

/// <summary><c>topology.global</c> with defaults (pingcap/tiup pkg/cluster/spec/spec.go:85).</summary>
public sealed record GlobalOptions
{
    public required string User { get; init; }

    public required string Group { get; init; }

    public required int SshPort { get; init; }

    /// <summary>builtin, system or none, as written; "builtin" when missing.</summary>
    public required string SshType { get; init; }

    public required bool EnableTls { get; init; }

    public required string ListenHost { get; init; }

    public required string DeployDir { get; init; }

    public required string DataDir { get; init; }

    public required string LogDir { get; init; }

    public required SystemdMode SystemdMode { get; init; }

    public ResourceControl ResourceControl { get; init; } = new();
}

/// <summary><c>topology.monitored</c>, the exporters on every host. Directories are absolute.</summary>
public sealed record MonitoredOptions(int NodeExporterPort, int BlackboxExporterPort, string DeployDir, string DataDir, string LogDir)
{
    /// <summary>"" for the newest.</summary>
    public string NodeExporterVersion { get; init; } = "";

    /// <summary>"" for the newest.</summary>
    public string BlackboxExporterVersion { get; init; } = "";

    public string NumaNode { get; init; } = "";

    public ResourceControl ResourceControl { get; init; } = new();
}
