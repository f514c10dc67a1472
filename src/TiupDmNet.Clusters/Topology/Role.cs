namespace TiupDmNet.Clusters.Topology;

/// <summary>What distinguishes one role from another in meta.yaml (spec §1.4); the order is TiUP's start order.</summary>
/// <param name="Name">Component and role, e.g. dm-worker.</param>
/// <param name="Section">The list under <c>topology</c>.</param>
/// <param name="Source">The key of <c>component_sources</c> and <c>server_configs</c>; null where the role has none.</param>
/// <param name="Main">The port that names a node.</param>
/// <param name="Second">The other port that is always there.</param>
internal sealed record Role(string Name, string Section, string? Source, PortKey Main, PortKey? Second, bool HasDataDir, bool HasLogDir)
{
    public static readonly IReadOnlyList<Role> All =
    [
        new("dm-master", "master_servers", "master", new("port", 8261, Optional: true), new("peer_port", 8291, Optional: true), HasDataDir: true, HasLogDir: true),
        new("dm-worker", "worker_servers", "worker", new("port", 8262, Optional: true), null, HasDataDir: true, HasLogDir: true),
        new("prometheus", "monitoring_servers", null, new("port", 9090, Optional: false), null, HasDataDir: true, HasLogDir: true),
        new("grafana", "grafana_servers", null, new("port", 3000, Optional: false), null, HasDataDir: false, HasLogDir: false),
        new("alertmanager", "alertmanager_servers", null, new("web_port", 9093, Optional: false), new("cluster_port", 9094, Optional: false), HasDataDir: true, HasLogDir: true),
    ];

    public bool IsDm => Source is not null;
}

/// <param name="Optional">TiUP leaves the key out when it is zero (and its messages then say so).</param>
internal sealed record PortKey(string Key, int Default, bool Optional);
