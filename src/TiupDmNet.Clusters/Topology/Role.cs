namespace TiupDmNet.Clusters.Topology;

/// <summary>What distinguishes one role from another in meta.yaml; the order is TiUP's start order.</summary>
/// <param name="Name">Component and role, e.g. dm-worker.</param>
/// <param name="Section">The list under <c>topology</c>.</param>
/// <param name="Source">The key of <c>component_sources</c> and <c>server_configs</c>; null where the role has none.</param>
/// <param name="Main">The port that names a node.</param>
/// <param name="Second">The other port that is always there.</param>
/// <param name="Keys">Every key of an item, in the order in which TiUP writes them; with <c>!</c> if it does so even when there is nothing to say.</param>
internal sealed record Role(string Name, string Section, string? Source, PortKey Main, PortKey? Second, string Keys)
{
    public static readonly IReadOnlyList<Role> All =
    [
        // pingcap/tiup components/dm/spec/topology_dm.go:131
        new("dm-master", "master_servers", "master", new("port", 8261), new("peer_port", 8291),
            "host manage_host ssh_port patched ignore_exporter name port peer_port deploy_dir data_dir log_dir source numa_node config resource_control arch os v1_source_path"),

        // pingcap/tiup components/dm/spec/topology_dm.go:209
        new("dm-worker", "worker_servers", "worker", new("port", 8262), null,
            "host manage_host ssh_port patched ignore_exporter name port deploy_dir data_dir log_dir source numa_node config resource_control arch os"),

        // pingcap/tiup pkg/cluster/spec/monitoring.go:42
        new("prometheus", "monitoring_servers", null, new("port", 9090), null,
            "host manage_host ssh_port patched ignore_exporter port! ng_port deploy_dir data_dir log_dir numa_node prom_remote_write_to_vm enable_prom_agent_mode remote_config "
            + "external_alertmanagers! pushgateway_addrs storage_retention storage_retention_size storage_retention_time resource_control arch os rule_dir additional_scrape_conf "
            + "scrape_interval scrape_timeout additional_args ng_monitoring_config"),

        // pingcap/tiup pkg/cluster/spec/grafana.go:42
        new("grafana", "grafana_servers", null, new("port", 3000), null,
            "host manage_host ssh_port patched ignore_exporter port! deploy_dir config resource_control arch os dashboard_dir username password anonymous_enable! root_url! domain! "
            + "default_theme org_name org_role use_vm_as_datasource"),

        // pingcap/tiup pkg/cluster/spec/alertmanager.go:31
        new("alertmanager", "alertmanager_servers", null, new("web_port", 9093), new("cluster_port", 9094),
            "host manage_host ssh_port patched ignore_exporter web_port! cluster_port! listen_host deploy_dir data_dir log_dir numa_node resource_control additional_args arch os config_file"),
    ];

    private readonly IReadOnlyList<string> _marked = Keys.Split(' ');

    public IReadOnlyList<string> KeyNames { get; } = [.. Keys.Split(' ').Select(key => key.TrimEnd('!'))];

    public bool IsDm => Source is not null;

    public bool Has(string key) => KeyNames.Contains(key);

    /// <summary>Whether TiUP leaves the key out when it is zero or empty.</summary>
    public bool Omits(string key) => !_marked.Contains(key + '!');

    public static Role Of(Node node) => All.First(role => role.Name == node.Component);
}

internal sealed record PortKey(string Key, int Default);
