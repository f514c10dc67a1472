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
}

/// <summary><c>topology.monitored</c>, the exporters on every host.</summary>
public sealed record MonitoredOptions(int NodeExporterPort, int BlackboxExporterPort, string DeployDir, string DataDir, string LogDir);
