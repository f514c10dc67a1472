namespace TiupDmNet.Clusters.Topology;

/// <summary>One instance of a component on a host, as meta.yaml describes it, with TiUP's defaults filled in.</summary>
public sealed record Node
{
    /// <summary><c>host:port</c>, IPv6 as <c>[addr]:port</c>; TiUP's node ID.</summary>
    public required string Id { get; init; }

    /// <summary>dm-master, dm-worker, prometheus, grafana or alertmanager: component and role are the same in DM.</summary>
    public required string Component { get; init; }

    /// <summary>The address the service is known by.</summary>
    public required string Host { get; init; }

    /// <summary>The address that ssh uses: <c>manage_host</c>, else <see cref="Host"/>.</summary>
    public required string ManageHost { get; init; }

    public required int SshPort { get; init; }

    /// <summary>The port that names the node: <c>port</c>, or <c>web_port</c> for alertmanager.</summary>
    public required int Port { get; init; }

    /// <summary>All ports in TiUP's order for display, e.g. 8261 and 8291.</summary>
    public required IReadOnlyList<int> Ports { get; init; }

    /// <summary>The name under which a dm-master or dm-worker joins the cluster; empty for the others.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute, resolved as TiUP does at run time (<c>/home/&lt;user&gt;</c> before a relative one).</summary>
    public required string DeployDir { get; init; }

    /// <summary>As written in meta.yaml, or its default (what display prints).</summary>
    public required string WrittenDeployDir { get; init; }

    /// <summary>As written in meta.yaml, or its default; may be a comma-separated list; "" where there is none (grafana).</summary>
    public required string WrittenDataDir { get; init; }

    /// <summary>As written in meta.yaml, or global; "" means that it is <c>log</c> under the deploy directory.</summary>
    public string WrittenLogDir { get; init; } = "";

    /// <summary>Absolute data directories.</summary>
    public required IReadOnlyList<string> DataDirs { get; init; }

    /// <summary>Absolute; <c>log</c> under the deploy directory when not configured.</summary>
    public required string LogDir { get; init; }

    /// <summary>Go's name (linux), or "" in metas older than TiUP v1.10.</summary>
    public required string Os { get; init; }

    /// <summary>amd64, arm64, or "" in metas older than TiUP v1.6.</summary>
    public required string Arch { get; init; }

    /// <summary>Name of the mirror component it is installed from: <c>source</c>, <c>component_sources</c>, else the component.</summary>
    public required string PackageName { get; init; }

    public required bool Patched { get; init; }

    public required bool IgnoreExporter { get; init; }

    /// <summary>The address to listen on: the instance's <c>listen_host</c>, else the global one, else any of the host's family.</summary>
    public string ListenHost { get; init; } = "0.0.0.0";

    /// <summary>For <c>numactl</c>; "" where there is none.</summary>
    public string NumaNode { get; init; } = "";

    /// <summary>Limits of the unit: the instance's over the global ones.</summary>
    public ResourceControl ResourceControl { get; init; } = new();

    /// <summary>The instance's own <c>config</c>; values as in <see cref="ClusterTopology.ServerConfigs"/>.</summary>
    public IReadOnlyDictionary<string, object?> Config { get; init; } = new Dictionary<string, object?>();

    /// <summary>All that meta.yaml says of the instance, as written, by key: also what has no name here, such as <c>rule_dir</c> or <c>username</c>.</summary>
    public IReadOnlyDictionary<string, object?> Fields { get; init; } = new Dictionary<string, object?>();

    /// <summary><c>host:port</c>, with brackets around an IPv6 address (Go's net.JoinHostPort).</summary>
    public static string IdOf(string host, int port) =>
        host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";

    /// <summary><c>&lt;component&gt;-&lt;port&gt;.service</c> (pingcap/tiup pkg/cluster/spec/instance.go:371)</summary>
    public string UnitName => $"{Component}-{Port}.service";
}
