using TiupDmNet.Clusters.Yaml;
using YamlDotNet.RepresentationModel;

namespace TiupDmNet.Clusters.Topology;

/// <param name="Items">Where each of <see cref="ClusterTopology.Nodes"/> stands in the text, in the same order.</param>
internal sealed record ParsedMeta(YamlText Text, ClusterTopology Topology, IReadOnlyList<YamlMappingNode> Items);

/// <summary>Reads meta.yaml, of any TiUP and in either layout, with TiUP's defaults (pingcap/tiup components/dm/spec/topology_dm.go:275).</summary>
internal static class MetaReader
{
    public static string Advice(string path) =>
        $"TiUP and this tool keep earlier versions in {Path.Combine(Path.GetDirectoryName(path) ?? "", "backup")}: compare with the newest one there and put the file right";

    public static ParsedMeta Parse(string path, byte[] content) => Parse(YamlText.Parse(path, content, Advice(path)));

    public static ParsedMeta Parse(YamlText text)
    {
        var meta = new YamlFields(text, text.Root);
        var version = meta.Text("dm_version");
        if (version.Length == 0)
        {
            throw new ClusterException($"{text.Path} has no `dm_version`, so it does not describe a DM cluster; {text.Advice}");
        }

        var topology = meta.Section("topology")
            ?? throw new ClusterException($"{text.Path} has no `topology`; {text.Advice}");
        var global = ReadGlobal(topology.Section("global"));
        var user = Or(meta.Text("user"), global.User);
        var sources = ReadSources(topology);

        var reader = new NodeReader(user, global, sources);
        var nodes = new List<Node>();
        var items = new List<YamlMappingNode>();
        foreach (var role in Role.All)
        {
            foreach (var item in topology.Items(role.Section))
            {
                nodes.Add(reader.Read(role, item));
                items.Add(item.Mapping);
            }
        }

        var monitored = topology.Section("monitored") is { } section ? ReadMonitored(section, user, global) : null;
        return new ParsedMeta(
            text,
            new ClusterTopology
            {
                User = user,
                Version = version,
                Global = global,
                Monitored = monitored,
                Nodes = [.. nodes.Select(node => WithExporterPorts(node, monitored))],
                ComponentSources = sources,
                ServerConfigs = ReadServerConfigs(topology),
            },
            items);
    }

    internal static string Or(string written, string otherwise) => written.Length > 0 ? written : otherwise;

    internal static int Or(int written, int otherwise) => written != 0 ? written : otherwise;

    internal static ResourceControl ReadResourceControl(YamlFields? section) => section is null ? new ResourceControl() : new ResourceControl
    {
        MemoryLimit = section.Text("memory_limit"),
        CpuQuota = section.Text("cpu_quota"),
        IoReadBandwidthMax = section.Text("io_read_bandwidth_max"),
        IoWriteBandwidthMax = section.Text("io_write_bandwidth_max"),
        LimitCore = section.Text("limit_core"),
        TimeoutStopSec = section.Text("timeout_stop_sec"),
        TimeoutStartSec = section.Text("timeout_start_sec"),
    };

    private static GlobalOptions ReadGlobal(YamlFields? global) => new()
    {
        User = Or(global?.Text("user") ?? "", "tidb"),
        Group = global?.Text("group") ?? "",
        SshPort = Or(global?.Port("ssh_port") ?? 0, 22),
        SshType = Or(global?.Text("ssh_type") ?? "", "builtin"),
        EnableTls = global?.Flag("enable_tls") ?? false,
        ListenHost = global?.Text("listen_host") ?? "",
        DeployDir = Or(global?.Text("deploy_dir") ?? "", "deploy"),
        DataDir = Or(global?.Text("data_dir") ?? "", "data"),
        LogDir = global?.Text("log_dir") ?? "",
        SystemdMode = ReadSystemdMode(global),
        ResourceControl = ReadResourceControl(global?.Section("resource_control")),
    };

    private static SystemdMode ReadSystemdMode(YamlFields? global) => global?.Text("systemd_mode") switch
    {
        null or "" or "system" => SystemdMode.System,
        "user" => SystemdMode.User,
        var other => throw global!.Error("systemd_mode", $"`systemd_mode` must be system or user, not `{other}`"),
    };

    private static Dictionary<string, string> ReadSources(YamlFields topology)
    {
        var section = topology.Section("component_sources");
        return Role.All
            .Where(role => role.IsDm && section?.Text(role.Source!) is { Length: > 0 })
            .ToDictionary(role => role.Name, role => section!.Text(role.Source!));
    }

    private static Dictionary<string, IReadOnlyDictionary<string, object?>> ReadServerConfigs(YamlFields topology)
    {
        var section = topology.Section("server_configs");
        return new()
        {
            ["dm-master"] = section?.Values("master") ?? YamlValue.Nothing,
            ["dm-worker"] = section?.Values("worker") ?? YamlValue.Nothing,
            ["grafana"] = section?.Values("grafana") ?? YamlValue.Nothing,
        };
    }

    private static MonitoredOptions ReadMonitored(YamlFields monitored, string user, GlobalOptions global)
    {
        var port = Or(monitored.Port("node_exporter_port"), 9100);
        var deployDir = Or(monitored.Text("deploy_dir"), UnixPath.Join(global.DeployDir, $"monitor-{port}"));
        var dataDir = Or(monitored.Text("data_dir"), UnixPath.Join(global.DataDir, $"monitor-{port}"));
        var logDir = Or(monitored.Text("log_dir"), "log");
        if (!UnixPath.IsAbsolute(logDir) && !logDir.StartsWith(deployDir, StringComparison.Ordinal))
        {
            logDir = UnixPath.Join(deployDir, logDir);
        }

        var deploy = UnixPath.OfUser(user, deployDir);
        return new MonitoredOptions(
            port,
            Or(monitored.Port("blackbox_exporter_port"), 9115),
            deploy,
            UnixPath.Below(deploy, dataDir),
            UnixPath.OfUser(user, logDir))
        {
            NodeExporterVersion = monitored.Text("node_exporter_version"),
            BlackboxExporterVersion = monitored.Text("blackbox_exporter_version"),
            NumaNode = monitored.Text("numa_node"),
            ResourceControl = ReadResourceControl(monitored.Section("resource_control")),
        };
    }

    /// <summary>TiUP counts the exporters' ports among those of prometheus (pingcap/tiup pkg/cluster/spec/monitoring.go:158).</summary>
    internal static Node WithExporterPorts(Node node, MonitoredOptions? monitored) => monitored is not null && node.Component == "prometheus"
        ? node with { Ports = [node.Port, monitored.BlackboxExporterPort, monitored.NodeExporterPort, .. node.Ports.Skip(1)] }
        : node;
}
