using TiupDmNet.Clusters.Topology;

namespace TiupDmNet.Clusters.Tests.Topology;

public sealed class MetaReaderTests
{
    private static readonly ClusterTopology ThreeMasters = Lab.Parse(Fixtures.Meta("three-masters"));

    [Theory]
    [InlineData("full", 13)]
    [InlineData("ipv6", 2)]
    [InlineData("minimal", 2)]
    [InlineData("three-masters", 10)]
    public void Reads_every_node_of_both_layouts(string name, int nodes)
    {
        var v3 = Lab.Parse(Fixtures.Meta(name));
        var v2 = Lab.Parse(Fixtures.AsYamlV2(Fixtures.Meta(name)));

        Assert.Equal(nodes, v3.Nodes.Count);
        Assert.Equivalent(v3, v2, strict: true);
    }

    [Fact]
    public void The_derived_v2_layout_is_the_one_of_old_TiUP() => Assert.StartsWith(
        """
        user: tidb
        dm_version: v8.5.0
        topology:
          global:
            user: tidb
            ssh_port: 22
            ssh_type: builtin
            deploy_dir: deploy
            data_dir: data
            os: linux
            systemd_mode: system
          master_servers:
          - host: 172.16.100.21
            ssh_port: 22
            name: dm-172.16.100.21-8261

        """.TrimEnd('\n'),
        Fixtures.AsYamlV2(Fixtures.Meta("minimal")));

    [Fact]
    public void Reads_a_dm_master_with_all_that_is_written()
    {
        var node = ThreeMasters.Nodes[1];

        Assert.Equal("10.0.1.12:18261", node.Id);
        Assert.Equal("dm-master", node.Component);
        Assert.Equal("10.0.1.12", node.Host);
        Assert.Equal("192.168.9.12", node.ManageHost);
        Assert.Equal(2222, node.SshPort);
        Assert.Equal([18261, 18291], node.Ports);
        Assert.Equal("m2", node.Name);
        Assert.Equal("/home/tidb/dm/deploy/dm-master-18261", node.DeployDir);
        Assert.Equal(["/home/tidb/dm/data/dm-master-18261"], node.DataDirs);
        Assert.Equal("/home/tidb/dm/log", node.LogDir);
        Assert.Equal("", node.Arch);
        Assert.Equal("", node.Os);
        Assert.Equal("0", node.NumaNode);
        Assert.Equal("debug", node.Config["log-level"]);
        Assert.Equal("dm-master", node.PackageName);
        Assert.Equal("dm-master-18261.service", node.UnitName);
        Assert.Equal("2G", node.ResourceControl.MemoryLimit);
    }

    [Fact]
    public void Takes_the_package_name_from_component_sources_and_the_instance_before_it()
    {
        Assert.All(ThreeMasters.Nodes.Where(node => node.Component == "dm-worker"), node => Assert.Equal("my-dm-worker", node.PackageName));

        var own = Lab.Parse(Fixtures.Meta("three-masters").Replace("          name: w1\n", "          name: w1\n          source: special\n", StringComparison.Ordinal));
        Assert.Equal("special", own.Nodes.Single(node => node.Name == "w1").PackageName);
    }

    [Fact]
    public void Limits_of_an_instance_stand_before_the_global_ones_one_by_one()
    {
        var node = ThreeMasters.Nodes.Single(each => each.Id == "10.0.1.12:8262");

        Assert.Equal(new ResourceControl { MemoryLimit = "1G", CpuQuota = "200%", TimeoutStopSec = "120s" }, node.ResourceControl);
    }

    [Fact]
    public void Reads_global_and_monitored_options()
    {
        Assert.Equal("tidb", ThreeMasters.User);
        Assert.Equal("v8.5.0", ThreeMasters.Version);
        Assert.True(ThreeMasters.Global.EnableTls);
        Assert.Equal(SystemdMode.System, ThreeMasters.Global.SystemdMode);
        Assert.Equal(
            new MonitoredOptions(9100, 9115, "/home/tidb/dm/deploy/monitor-9100", "/home/tidb/dm/data/monitor-9100", "/home/tidb/dm/deploy/monitor-9100/log"),
            ThreeMasters.Monitored);
        Assert.Null(Lab.Parse(Fixtures.Meta("minimal")).Monitored);
    }

    [Fact]
    public void Counts_the_exporters_ports_among_those_of_prometheus()
    {
        Assert.Equal([9090, 9115, 9100], ThreeMasters.Nodes.Single(node => node.Component == "prometheus").Ports);
        Assert.Equal([9090], Lab.Parse(Fixtures.Meta("full")).Nodes.Single(node => node.Component == "prometheus").Ports);

        var withNg = Fixtures.Meta("three-masters").Replace("          port: 9090\n", "          port: 9090\n          ng_port: 12020\n", StringComparison.Ordinal);
        Assert.Equal([9090, 9115, 9100, 12020], Lab.Parse(withNg).Nodes.Single(node => node.Component == "prometheus").Ports);
    }

    [Fact]
    public void Names_alertmanager_by_its_web_port()
    {
        var node = ThreeMasters.Nodes[^1];

        Assert.Equal("10.0.1.11:19093", node.Id);
        Assert.Equal([19093, 9094], node.Ports);
        Assert.Equal("alertmanager-19093.service", node.UnitName);
    }

    [Fact]
    public void Grafana_has_no_data_directory_and_logs_below_its_deploy_directory()
    {
        var node = ThreeMasters.Nodes.Single(each => each.Component == "grafana");

        Assert.Equal("", node.WrittenDataDir);
        Assert.Empty(node.DataDirs);
        Assert.Equal("/home/tidb/dm/deploy/grafana-3000/log", node.LogDir);
        Assert.Equal("admin", node.Fields["username"]);
    }

    [Fact]
    public void Reads_IPv6_hosts()
    {
        var topology = Lab.Parse(Fixtures.Meta("ipv6"));

        Assert.Equal(["[fd00::11]:8261", "[fd00::12]:8262"], topology.Nodes.Select(node => node.Id));
        Assert.Equal("::", topology.Nodes[0].ListenHost);
        Assert.Equal("/var/log/dm", topology.Nodes[1].LogDir);
    }

    [Fact]
    public void Configuration_keeps_its_types()
    {
        var config = Lab.Parse(Fixtures.Meta("ipv6")).Nodes[1].Config;

        Assert.Equal([1L, 2L, "3", true, null], Assert.IsType<List<object?>>(config["list"]));
        Assert.Equal("no-bool", config["yes"]);
        Assert.Equal(10.5, ThreeMasters.ServerConfigs["dm-master"]["rpc-rate-limit"]);
        Assert.Equal("0123", Assert.IsType<Dictionary<string, object?>>(ThreeMasters.ServerConfigs["dm-worker"]["nested"])["key"]);
    }

    [Fact]
    public void Reads_marks_and_exemptions()
    {
        Assert.Equal(["10.0.1.14:8262"], ThreeMasters.Nodes.Where(node => node.IgnoreExporter).Select(node => node.Id));
        Assert.Equal(["10.0.1.11:8261", "10.0.1.11:8262"], Lab.Parse(Fixtures.PatchedMeta("three-masters")).Nodes.Where(node => node.Patched).Select(node => node.Id));
    }

    [Fact]
    public void Fills_in_the_defaults_of_a_meta_that_says_nearly_nothing()
    {
        var topology = Lab.Parse(
            """
            dm_version: v2.0.0
            topology:
              master_servers:
              - host: h1
              worker_servers:
              - host: h1
                imported: true
              alertmanager_servers:
              - host: h1
            """);

        Assert.Equal("tidb", topology.User);
        Assert.Equal("builtin", topology.Global.SshType);
        Assert.Equal(["h1:8261", "h1:8262", "h1:9093"], topology.Nodes.Select(node => node.Id));
        var worker = topology.Nodes[1];
        Assert.Equal("dm-h1-8262", worker.Name);
        Assert.Equal("deploy/dm-worker-8262", worker.WrittenDeployDir);
        Assert.Equal("/home/tidb/deploy/dm-worker-8262", worker.DeployDir);
        Assert.Equal("data", worker.WrittenDataDir);
        Assert.Equal(["/home/tidb/deploy/dm-worker-8262/data"], worker.DataDirs);
        Assert.Equal("/home/tidb/deploy/dm-worker-8262/log", worker.LogDir);
        Assert.Equal(22, worker.SshPort);
        Assert.Equal("0.0.0.0", worker.ListenHost);
        Assert.Equal(9094, topology.Nodes[2].Ports[1]);
    }

    [Fact]
    public void Relative_directories_lie_below_the_home_of_the_top_level_user()
    {
        var topology = Lab.Parse(
            """
            user: ops
            dm_version: v2.0.0
            topology:
              global:
                user: tidb
                data_dir: /data
                log_dir: /log
              master_servers:
              - host: h1
                deploy_dir: dm/m1
                data_dir: a, /b
              - host: h2
            """);

        Assert.Equal("/home/ops/dm/m1", topology.Nodes[0].DeployDir);
        Assert.Equal("dm/m1", topology.Nodes[0].WrittenDeployDir);
        Assert.Equal(["/home/ops/dm/m1/a", "/b"], topology.Nodes[0].DataDirs);
        Assert.Equal(["/data/dm-master-8261"], topology.Nodes[1].DataDirs);
        Assert.Equal("/log", topology.Nodes[1].LogDir);
    }

    [Fact]
    public void Follows_TiUP_into_the_doubled_path_of_a_relative_monitored_directory()
    {
        var monitored = Lab.Parse(
            """
            user: tidb
            dm_version: v8.5.0
            topology:
                monitored:
                    node_exporter_port: 39100
                    deploy_dir: /home/tidb/deploy/monitor-39100
                    data_dir: data/monitor-39100
                    log_dir: deploy/monitor-39100/log
            """).Monitored!;

        Assert.Equal("/home/tidb/deploy/monitor-39100/data/monitor-39100", monitored.DataDir);
        Assert.Equal("/home/tidb/deploy/monitor-39100/deploy/monitor-39100/log", monitored.LogDir);
        Assert.Equal(9115, monitored.BlackboxExporterPort);
    }

    [Theory]
    [InlineData("x86_64", "amd64")]
    [InlineData("aarch64", "arm64")]
    [InlineData("ARM64", "arm64")]
    public void Speaks_of_platforms_as_Go_does(string written, string arch)
    {
        var node = Lab.Parse($"dm_version: v1\ntopology: {{master_servers: [{{host: h, arch: {written}, os: Linux}}]}}").Nodes[0];

        Assert.Equal(arch, node.Arch);
        Assert.Equal("linux", node.Os);
    }

    [Fact]
    public void Understands_anchors_and_merge_keys_and_the_booleans_of_YAML_1_1()
    {
        var topology = Lab.Parse(
            """
            dm_version: v1
            topology:
              master_servers:
              - &one
                host: h1
                ssh_port: 2222
                patched: yes
              - <<: *one
                host: h2
                patched: ~
            """);

        Assert.Equal([2222, 2222], topology.Nodes.Select(node => node.SshPort));
        Assert.Equal([true, false], topology.Nodes.Select(node => node.Patched));
    }

    [Theory]
    [InlineData("dm_version: v1\ntopology:\n  master_servers:\n  - host: h\n    port: x\n", "line 5: `port` must be a number, not `x`")]
    [InlineData("dm_version: v1\ntopology:\n  master_servers:\n  - host: h\n    port: 70000\n", "line 5: `port` must be a port (1 to 65535), not `70000`")]
    [InlineData("dm_version: v1\ntopology:\n  master_servers:\n  - host: h\n    patched: maybe\n", "line 5: `patched` must be true or false, not `maybe`")]
    [InlineData("dm_version: v1\ntopology:\n  master_servers:\n  - port: 1\n", "line 4: `master_servers` contains empty host field")]
    [InlineData("dm_version: v1\ntopology:\n  master_servers:\n  - h\n", "line 4: an item of `master_servers` must hold keys and values")]
    [InlineData("dm_version: v1\ntopology:\n  master_servers: h\n", "line 3: `master_servers` must be a list")]
    [InlineData("dm_version: v1\ntopology:\n  global: h\n", "line 3: `global` must hold keys and values")]
    [InlineData("dm_version: v1\ntopology:\n  global:\n    user: [a]\n", "line 4: `user` must be text")]
    [InlineData("dm_version: v1\ntopology:\n  global:\n    systemd_mode: none\n", "line 4: `systemd_mode` must be system or user, not `none`")]
    [InlineData("dm_version: v1\ntopology:\n  global:\n  user: a\n   b: c\n", "line 5 is not valid YAML (while scanning a plain scalar value, found invalid mapping)")]
    [InlineData("dm_version: v1\ndm_version: v2\n", "line 2 is not valid YAML (duplicate key dm_version)")]
    public void Says_in_which_line_a_mistake_is_and_what_to_do(string meta, string mistake)
    {
        var failure = Assert.Throws<ClusterException>(() => Lab.Parse(meta));

        Assert.Equal($"/m/meta.yaml {mistake}; TiUP and this tool keep earlier versions in /m/backup: compare with the newest one there and put the file right", failure.Message);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\0\0\0\0", "is empty")]
    [InlineData("- a\n", "does not hold keys and values")]
    [InlineData("user: tidb\ntidb_version: v8.5.0\ntopology: {}\n", "has no `dm_version`, so it does not describe a DM cluster")]
    [InlineData("dm_version: v8.5.0\n", "has no `topology`")]
    [InlineData("dm_version: [v8.5.0\nuser: a", "is not valid YAML")]
    public void Says_what_is_missing_from_a_file_cut_short(string meta, string mistake)
    {
        var failure = Assert.Throws<ClusterException>(() => Lab.Parse(meta));

        Assert.Equal($"/m/meta.yaml {mistake}; TiUP and this tool keep earlier versions in /m/backup: compare with the newest one there and put the file right", failure.Message);
    }

    [Fact]
    public void Says_that_a_file_is_not_text() => Assert.Equal(
        "/m/meta.yaml is not UTF-8 text; TiUP and this tool keep earlier versions in /m/backup: compare with the newest one there and put the file right",
        Assert.Throws<ClusterException>(() => MetaReader.Parse("/m/meta.yaml", [0x75, 0xff, 0xfe])).Message);
}
