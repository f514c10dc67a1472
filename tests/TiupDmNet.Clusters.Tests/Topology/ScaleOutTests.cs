using System.Text;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.Clusters.Yaml;

namespace TiupDmNet.Clusters.Tests.Topology;

public sealed class ScaleOutTests
{
    private const string Advice = "put the topology file right and run the command again";

    /// <summary>Each fixture and how many nodes each list of it has.</summary>
    public static TheoryData<string, string> Items
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in Fixtures.Names)
            {
                foreach (var component in Lab.Parse(Fixtures.Meta(name)).Nodes.Select(node => node.Component).Distinct())
                {
                    data.Add(name, component);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Items))]
    public void Adds_a_node_exactly_as_TiUP_writes_it(string name, string component) =>
        AddsBack(Fixtures.Meta(name), component);

    [Theory]
    [MemberData(nameof(Items))]
    public void Adds_a_node_in_the_layout_of_yaml_v2(string name, string component) =>
        AddsBack(Fixtures.AsYamlV2(Fixtures.Meta(name)), component);

    [Theory]
    [MemberData(nameof(Items))]
    public void Adds_a_node_with_Windows_line_endings(string name, string component) =>
        AddsBack(Fixtures.Meta(name).Replace("\n", "\r\n", StringComparison.Ordinal), component);

    [Fact]
    public void Starts_lists_that_were_not_there_in_TiUPs_order()
    {
        var meta = Fixtures.Meta("minimal");
        var added = Read(
            """
            monitoring_servers: [{host: h, arch: amd64, os: linux}]
            grafana_servers: [{host: h, arch: amd64, os: linux}]
            alertmanager_servers: [{host: h, arch: amd64, os: linux}]
            """,
            Lab.Parse(meta)).Nodes;

        Assert.Equal(
            meta.Replace("monitoring_servers: []\n", "", StringComparison.Ordinal)
            + """
            monitoring_servers:
                    - host: h
                      ssh_port: 22
                      port: 9090
                      deploy_dir: /home/tidb/deploy/prometheus-9090
                      data_dir: /home/tidb/deploy/prometheus-9090/data
                      external_alertmanagers: []
                      arch: amd64
                      os: linux
                grafana_servers:
                    - host: h
                      ssh_port: 22
                      port: 3000
                      deploy_dir: /home/tidb/deploy/grafana-3000
                      arch: amd64
                      os: linux
                      username: admin
                      password: admin
                      anonymous_enable: false
                      root_url: ""
                      domain: ""
                alertmanager_servers:
                    - host: h
                      ssh_port: 22
                      web_port: 9093
                      cluster_port: 9094
                      deploy_dir: /home/tidb/deploy/alertmanager-9093
                      data_dir: /home/tidb/deploy/alertmanager-9093/data
                      arch: amd64
                      os: linux

            """,
            Add(meta, added));
    }

    [Fact]
    public void Reads_new_nodes_with_what_the_cluster_says_in_general()
    {
        var scaleOut = Read(
            """
            global: {user: other}
            server_configs: {}
            worker_servers:
              - host: 10.0.1.15
                data_dir: data, /d2
                log_dir: logs
              - host: 10.0.1.16
                deploy_dir: relative
                source: special
            """,
            Lab.Parse(Fixtures.Meta("three-masters")));

        Assert.Equal(["global", "server_configs"], scaleOut.IgnoredSections);
        var one = scaleOut.Nodes[0];
        Assert.Equal("10.0.1.15:8262", one.Id);
        Assert.Equal(2222, one.SshPort);
        Assert.Equal("dm-10.0.1.15-8262", one.Name);
        Assert.Equal("my-dm-worker", one.PackageName);
        Assert.Equal("/home/tidb/dm/deploy/dm-worker-8262/data,/d2", one.WrittenDataDir);
        Assert.Equal("/home/tidb/dm/deploy/dm-worker-8262/logs", one.WrittenLogDir);
        Assert.Equal("", one.Arch);
        Assert.Equal("/home/tidb/relative", scaleOut.Nodes[1].WrittenDeployDir);
        Assert.Equal("special", scaleOut.Nodes[1].PackageName);
    }

    [Fact]
    public void Relative_directories_of_new_nodes_lie_below_the_home_of_the_global_user()
    {
        var cluster = Lab.Parse("user: ops\ndm_version: v1\ntopology: {global: {user: tidb}, master_servers: [{host: h}]}");

        Assert.Equal("/home/ops/deploy/dm-master-8261", cluster.Nodes[0].DeployDir);
        Assert.Equal("/home/tidb/deploy/dm-master-8261", Read("master_servers: [{host: g}]", cluster).Nodes[0].DeployDir);
    }

    [Fact]
    public void Values_of_every_kind_come_back_as_they_were()
    {
        var meta = Fixtures.Meta("minimal");
        var node = Read(
            """
            worker_servers:
            - host: "fd00::"
              numa_node: "0,1"
              ignore_exporter: true
              manage_host: 10.0.0.9
              config:
                empty-list: []
                empty-map: {}
                float: 10.0
                small: 1.0e-7
                int: -3
                "yes": "no"
                quoted: "it's: #1"
                colon: "a: b"
                octal: "0123"
                nothing: ~
                text: "line\n\ttab \"q\" \\ é"
                empty: ""
                dash: "- a"
                list: [a, {b: [1, 2], c: {d: e}}, [x, y]]
            """,
            Lab.Parse(meta)).Nodes;

        var added = Lab.Parse(Add(meta, node)).Find("[fd00::]:8262")!;

        Assert.Equivalent(node[0].Config, added.Config, strict: true);
        Assert.Equal(10.0, added.Config["float"]);
        Assert.Equal("10.0.0.9", added.ManageHost);
        Assert.True(added.IgnoreExporter);
    }

    [Fact]
    public void Marks_new_nodes_that_got_the_patched_package()
    {
        var meta = Fixtures.Meta("minimal");
        var node = Read("worker_servers: [{host: h, arch: amd64, os: linux}]", Lab.Parse(meta)).Nodes[0] with { Patched = true };

        Assert.EndsWith(
            "        - host: h\n          ssh_port: 22\n          patched: true\n          name: dm-h-8262\n          port: 8262\n          deploy_dir: /home/tidb/deploy/dm-worker-8262\n"
            + "          data_dir: /home/tidb/deploy/dm-worker-8262/data\n          arch: amd64\n          os: linux\n    monitoring_servers: []\n",
            Add(meta, [node]),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("worker_servers: [{host: h, prot: 1}]", "/t.yaml line 1: `prot` is not a key that is known here; did you mean `port`?")]
    [InlineData("worker_server: [{host: h}]", "/t.yaml line 1: `worker_server` is not a key that is known here; did you mean `worker_servers`?")]
    [InlineData("component_sources: {worker: x}\nworker_servers: [{host: h}]", "/t.yaml line 1: `component_sources` is not a key that is known here")]
    [InlineData("grafana_servers: [{host: h, data_dir: /d}]", "/t.yaml line 1: `data_dir` is not a key that is known here")]
    [InlineData("global: {user: x}", "/t.yaml adds no node")]
    [InlineData("worker_servers: []", "/t.yaml adds no node")]
    [InlineData("", "/t.yaml is empty")]
    public void Refuses_a_file_that_does_not_mean_what_it_seems_to(string file, string mistake) =>
        Assert.Equal($"{mistake}; {Advice}", Assert.Throws<ClusterException>(() => Read(file, Lab.Parse(Fixtures.Meta("minimal")))).Message);

    [Fact]
    public void Says_that_the_file_is_not_there() => Assert.Equal(
        "cannot read the topology file /no/such.yaml: Could not find a part of the path '/no/such.yaml'; check the path",
        Assert.Throws<ClusterException>(() => ScaleOutTopology.Read("/no/such.yaml", Lab.Parse(Fixtures.Meta("minimal")))).Message);

    [Fact]
    public void Refuses_a_node_that_is_there_already()
    {
        var meta = Fixtures.Meta("minimal");

        Assert.Equal(
            "/m/meta.yaml has a node 172.16.100.21:8262 already; take it out of the topology file and run the command again",
            Assert.Throws<ClusterException>(() => Add(meta, Read("worker_servers: [{host: 172.16.100.21}]", Lab.Parse(meta)).Nodes)).Message);
    }

    [Theory]
    [InlineData("dm_version: v1\ntopology: {worker_servers: [{host: g}]}\n")]
    [InlineData("dm_version: v1\ntopology:\n  worker_servers: [{host: g}]\n")]
    [InlineData("dm_version: v1\ntopology:\n  worker_servers:\n  - {host: g, config: {\n    a: b}\n    }\n")]
    public void Refuses_a_list_that_it_cannot_add_to_safely(string meta) => Assert.Equal(
        "/m/meta.yaml: `worker_servers` is written in a way that nodes cannot be added to without touching the rest; write it as a list of one item below the other and run the command again",
        Assert.Throws<ClusterException>(() => Add(meta, Read("worker_servers: [{host: h}]", Lab.Parse(meta)).Nodes)).Message);

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void Everything_else_in_any_file_survives(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            var meta = RandomMeta.Write(random);
            var topology = Lab.Parse(meta);
            var nodes = Read("master_servers: [{host: new1}]\nworker_servers: [{host: new1}, {host: new2, config: {a: [1, {b: c}]}}]\ngrafana_servers: [{host: new1}]", topology).Nodes;

            var result = Add(meta, nodes);

            Assert.Equal(topology.With(nodes).Nodes.Select(node => node.Id), Lab.Parse(result).Nodes.Select(node => node.Id));
            var left = result.Split('\n').ToList();
            foreach (var line in meta.Split('\n'))
            {
                Assert.True(left.Remove(line), line);
            }
        }
    }

    /// <summary>Takes the last node of a list out of a file, adds it again as if it were new, and wants the same file.</summary>
    private static void AddsBack(string meta, string component)
    {
        var topology = Lab.Parse(meta);
        var node = topology.Nodes.Last(each => each.Component == component);
        var role = Role.Of(node);
        var lines = meta.Split('\n').ToList();
        var section = lines.FindIndex(line => line.TrimStart().StartsWith(role.Section, StringComparison.Ordinal));
        var dash = lines[section + 1].IndexOf('-', StringComparison.Ordinal);
        var end = lines.FindIndex(section + 1, line => line.Length <= dash || line[..(dash + 1)].Trim() is not ("" or "-"));
        var start = lines.FindLastIndex(end - 1, line => line.Length > dash && line[dash] == '-');
        lines.RemoveRange(start, end - start);
        if (start == section + 1)
        {
            // The last one of its list: TiUP leaves the list out or writes [].
            if (component is "grafana" or "alertmanager")
            {
                lines.RemoveAt(section);
            }
            else
            {
                lines[section] = lines[section].TrimEnd('\r') + " []" + (lines[section].EndsWith('\r') ? "\r" : "");
            }
        }

        Assert.Equal(meta, Add(string.Join('\n', lines), [node]));
    }

    private static ScaleOutTopology Read(string file, ClusterTopology cluster) =>
        ScaleOutTopology.Parse(YamlText.Parse("/t.yaml", file, Advice), cluster);

    private static string Add(string meta, IReadOnlyCollection<Node> nodes) =>
        NewNodes.Add(MetaReader.Parse("/m/meta.yaml", Encoding.UTF8.GetBytes(meta)), nodes).Text.Text;
}
