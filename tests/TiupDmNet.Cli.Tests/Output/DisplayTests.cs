using System.Globalization;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Tests.Support;
using TiupDmNet.Rollout.Display;

namespace TiupDmNet.Cli.Tests.Output;

public sealed class DisplayTests
{
    private static readonly ReportRequest Plain = new() { Cluster = "dm-test" };

    // The sample in TiUP's documentation.
    private static readonly ClusterReport Report = new()
    {
        Name = "dm-test",
        Version = "v2.0.0",
        DeployUser = "tidb",
        SshType = "builtin",
        Tls = null,
        GrafanaUrls = ["http://172.16.100.21:3000"],
        Remarks = [],
        Nodes =
        [
            Node("alertmanager", 9093, "9093/9094", "Up"),
            Node("dm-master", 8261, "8261/8291", "Healthy|L", patched: true),
            Node("dm-worker", 8262, "8262", "Free", patched: true),
            Node("grafana", 3000, "3000", "Up"),
            Node("prometheus", 9090, "9090", "Up"),
        ],
    };

    [Fact]
    public void Prints_what_TiUP_prints()
    {
        Assert.Equal(
            """
            Cluster type:       dm
            Cluster name:       dm-test
            Cluster version:    v2.0.0
            Deploy user:        tidb
            SSH type:           builtin
            Grafana URL:        http://172.16.100.21:3000
            ID                  Role                 Host           Ports      OS/Arch       Status     Data Dir                              Deploy Dir
            --                  ----                 ----           -----      -------       ------     --------                              ----------
            172.16.100.21:9093  alertmanager         172.16.100.21  9093/9094  linux/x86_64  Up         /home/tidb/dm/data/alertmanager-9093  /home/tidb/dm/deploy/alertmanager-9093
            172.16.100.21:8261  dm-master (patched)  172.16.100.21  8261/8291  linux/x86_64  Healthy|L  /home/tidb/dm/data/dm-master-8261     /home/tidb/dm/deploy/dm-master-8261
            172.16.100.21:8262  dm-worker (patched)  172.16.100.21  8262       linux/x86_64  Free       /home/tidb/dm/data/dm-worker-8262     /home/tidb/dm/deploy/dm-worker-8262
            172.16.100.21:3000  grafana              172.16.100.21  3000       linux/x86_64  Up         -                                     /home/tidb/dm/deploy/grafana-3000
            172.16.100.21:9090  prometheus           172.16.100.21  9090       linux/x86_64  Up         /home/tidb/dm/data/prometheus-9090    /home/tidb/dm/deploy/prometheus-9090
            Total nodes: 5

            """,
            new DisplayText(Plain, colour: false).Of(Report));
    }

    [Fact]
    public void Says_where_the_certificates_are()
    {
        var report = Report with { GrafanaUrls = ["http://a:3000", "http://b:3000"], Tls = new ReportedTls("/c/tls/ca.crt", "/c/tls/client.pem", "/c/tls/client.crt"), Nodes = [] };

        Assert.Equal(
            """
            Cluster type:       dm
            Cluster name:       dm-test
            Cluster version:    v2.0.0
            Deploy user:        tidb
            SSH type:           builtin
            TLS encryption:     enabled
            CA certificate:     /c/tls/ca.crt
            Client private key: /c/tls/client.pem
            Client certificate: /c/tls/client.crt
            Grafana URL:        http://a:3000,http://b:3000
            ID  Role  Host  Ports  OS/Arch  Status  Data Dir  Deploy Dir
            --  ----  ----  -----  -------  ------  --------  ----------
            Total nodes: 0

            """,
            new DisplayText(Plain, colour: false).Of(report));
    }

    [Fact]
    public void Has_columns_for_manage_hosts_uptimes_and_builds_where_they_say_something()
    {
        var (disk, running) = (new string('a', 64), new string('b', 64));
        var report = Report with
        {
            Nodes =
            [
                Managed(Node("dm-master", 8261, "8261/8291", "Healthy")) with { Uptime = TimeSpan.FromSeconds(93784), Build = new NodeBuild(disk, disk, null) },
                Node("dm-worker", 8262, "8262", "Free") with { Uptime = TimeSpan.Zero, Build = new NodeBuild(disk, running, null) },
                Node("dm-worker", 8263, "8263", "Offline") with { Build = new NodeBuild(disk, "", null) },
                Node("dm-worker", 8264, "8264", "Offline"),
            ],
        };

        var table = new DisplayText(Plain with { Uptime = true, Builds = true }, colour: false).Of(report).Split('\n')[6..];

        Assert.Equal("ID                  Role       Host           Manage Host    Ports      OS/Arch       Status   Since     Data Dir                           Deploy Dir                           Build", table[0]);
        Assert.Matches("  10.0.0.1 .*  1d2h3m4s  .*  aaaaaaaaaaaa$", table[2]);
        Assert.Matches("  0s  .*  aaaaaaaaaaaa \\(runs bbbbbbbbbbbb\\)$", table[3]);
        Assert.Matches("  -  .*  aaaaaaaaaaaa \\(not running\\)$", table[4]);
        Assert.EndsWith("  N/A", table[5], StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_do_not_move_the_columns()
    {
        var plain = new DisplayText(Plain, colour: false).Of(Report);

        var painted = new DisplayText(Plain, colour: true).Of(Report);

        Assert.Contains("\x1b[36;1mdm-test\x1b[0m", painted, StringComparison.Ordinal);
        Assert.Contains("\x1b[36m172.16.100.21:8261\x1b[0m", painted, StringComparison.Ordinal);
        Assert.Contains("\x1b[92mHealthy|L\x1b[0m", painted, StringComparison.Ordinal);
        Assert.Equal(plain, System.Text.RegularExpressions.Regex.Replace(painted, "\x1b\\[[0-9;]*m", ""));
    }

    [Theory]
    [InlineData("Healthy|L", "92")]
    [InlineData("Healthy", "32")]
    [InlineData("Up", "32")]
    [InlineData("Free", "32")]
    [InlineData("Down", "31")]
    [InlineData("N/A", "33")]
    [InlineData("Offline", "33")]
    [InlineData("Bound", null)]
    [InlineData("Unhealthy", null)]
    public void Statuses_have_the_colours_of_TiUP(string status, string? colour) => Assert.Equal(colour, Ansi.OfStatus(status));

    [Fact]
    public void Writes_the_JSON_that_TiUP_writes_with_the_schema_in_front()
    {
        var report = Report with { Nodes = [Report.Nodes[1]] };

        Assert.Equal(
            """
            {
              "schema": 1,
              "cluster_meta": {
                "cluster_type": "dm",
                "cluster_name": "dm-test",
                "cluster_version": "v2.0.0",
                "deploy_user": "tidb",
                "ssh_type": "builtin",
                "tls_enabled": false,
                "grafana_urls": [
                  "http://172.16.100.21:3000"
                ]
              },
              "instances": [
                {
                  "id": "172.16.100.21:8261",
                  "role": "dm-master (patched)",
                  "host": "172.16.100.21",
                  "manage_host": "172.16.100.21",
                  "ports": "8261/8291",
                  "os_arch": "linux/x86_64",
                  "status": "Healthy|L",
                  "memory": "-",
                  "memory_limit": "-",
                  "cpu_quota": "-",
                  "since": "-",
                  "data_dir": "/home/tidb/dm/data/dm-master-8261",
                  "deploy_dir": "/home/tidb/dm/deploy/dm-master-8261",
                  "numa_node": "-",
                  "numa_cores": "-",
                  "version": "v2.0.0",
                  "ComponentName": "dm-master",
                  "Port": 8261
                }
              ]
            }

            """,
            DisplayJson.Of(report, Plain));
    }

    [Fact]
    public void JSON_leaves_out_what_is_not_there()
    {
        var meta = (JObject)JObject.Parse(DisplayJson.Of(Report with { Nodes = [], GrafanaUrls = [], Tls = new ReportedTls("ca", "key", "crt") }, Plain))["cluster_meta"]!;

        Assert.Equal(["cluster_type", "cluster_name", "cluster_version", "deploy_user", "ssh_type", "tls_enabled", "tls_ca_cert", "tls_client_cert", "tls_client_key"], meta.Properties().Select(property => property.Name));
        Assert.Null(JObject.Parse(DisplayJson.Of(Report with { Nodes = [] }, Plain))["instances"]);
    }

    [Fact]
    public void Alertmanager_has_no_version_of_the_cluster()
    {
        var instances = JObject.Parse(DisplayJson.Of(Report, Plain))["instances"]!;

        Assert.Equal(["", "v2.0.0", "v2.0.0", "v2.0.0", "v2.0.0"], instances.Select(instance => instance.Value<string>("version")!));
    }

    private static NodeReport Node(string component, int port, string ports, string status, bool patched = false)
    {
        var node = TestPlan.NodeOf(string.Create(CultureInfo.InvariantCulture, $"172.16.100.21:{port}"), component, patched);
        return new NodeReport { Node = node, Role = component + (patched ? " (patched)" : ""), Ports = ports, Status = status, Detail = "" };
    }

    private static NodeReport Managed(NodeReport report) => report with { Node = report.Node with { ManageHost = "10.0.0.1" } };
}
