using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using TiupDmNet.Clusters;
using TiupDmNet.Rollout.Display;
using TiupDmNet.Storage;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Rollout.Tests.Display;

public sealed class ClusterReporterTests : IDisposable
{
    private readonly TempDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Shows_the_nodes_as_TiUP_does_when_nothing_answers()
    {
        WriteMeta(master: 1, worker: 2, prometheus: 3, grafana: 4, alertmanager: 5);

        var report = await Reporter().ReportAsync(new ReportRequest { Cluster = "dm-test", StatusTimeout = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken);

        Assert.Equal(("dm-test", "v8.5.0", "dm", "builtin", null), (report.Name, report.Version, report.DeployUser, report.SshType, report.Tls));
        Assert.Equal(["http://127.0.0.1:4"], report.GrafanaUrls);
        Assert.Equal(
            [
                "127.0.0.1:5 alertmanager 5/9094 Down",
                "127.0.0.1:1 dm-master (patched) 1/8291 Down",
                "127.0.0.1:2 dm-worker 2 N/A",
                "127.0.0.1:4 grafana 4 Down",
                "127.0.0.1:3 prometheus 3/9115/9100 Down",
            ],
            report.Nodes.Select(node => $"{node.Node.Id} {node.Role} {node.Ports} {node.Status}"));
        Assert.All(report.Nodes, node => Assert.NotEqual("", node.Detail));
        Assert.All(report.Nodes, node => Assert.Equal(("linux/x86_64", null, null), (node.Platform, node.Uptime, node.Build)));
    }

    [Fact]
    public async Task Asks_masters_and_monitors_in_their_own_ways()
    {
        await using var server = new TestHttp(request => request switch
        {
            _ when request.StartsWith("/apis/v1alpha1/members", StringComparison.Ordinal) => (200, Members),
            "/-/ready" => (200, "Ready"),
            "/login" => (302, ""),
            _ => (404, ""),
        });
        WriteMeta(master: server.Port, worker: 2, prometheus: server.Port, grafana: server.Port, alertmanager: server.Port);

        var report = await Reporter().ReportAsync(new ReportRequest { Cluster = "dm-test" }, TestContext.Current.CancellationToken);

        Assert.Equal(["Up", "Healthy|L", "Bound", "Up", "Up"], report.Nodes.Select(node => node.Status));
        Assert.All(report.Nodes, node => Assert.Equal("", node.Detail));
    }

    [Fact]
    public async Task A_monitor_that_answers_with_an_error_is_down_and_the_reason_is_told()
    {
        await using var server = new TestHttp(_ => (503, ""));
        WriteMeta(master: 1, worker: 2, prometheus: server.Port, grafana: 4, alertmanager: 5);

        var report = await Reporter().ReportAsync(new ReportRequest { Cluster = "dm-test", Roles = ["prometheus"] }, TestContext.Current.CancellationToken);

        var node = Assert.Single(report.Nodes);
        Assert.Equal(("Down", $"http://127.0.0.1:{server.Port}/-/ready answered 503"), (node.Status, node.Detail));
    }

    [Fact]
    public async Task Waits_for_nobody_longer_than_the_limit()
    {
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        WriteMeta(master: port, worker: 2, prometheus: port, grafana: port, alertmanager: port);
        var clock = Stopwatch.StartNew();

        var report = await Reporter().ReportAsync(new ReportRequest { Cluster = "dm-test", StatusTimeout = TimeSpan.FromSeconds(1) }, TestContext.Current.CancellationToken);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(8), $"took {clock.Elapsed}");
        Assert.Equal(["Down", "Down", "N/A", "Down", "Down"], report.Nodes.Select(node => node.Status));
        Assert.Equal($"http://127.0.0.1:{port}/-/ready did not answer in time", report.Nodes[0].Detail);
    }

    [Fact]
    public async Task Shows_only_the_nodes_that_were_asked_for()
    {
        WriteMeta(master: 1, worker: 2, prometheus: 3, grafana: 4, alertmanager: 5);

        var report = await Reporter().ReportAsync(new ReportRequest { Cluster = "dm-test", Roles = ["grafana", "prometheus"], Nodes = ["127.0.0.1:3"] }, TestContext.Current.CancellationToken);

        Assert.Equal("127.0.0.1:3", Assert.Single(report.Nodes).Node.Id);
    }

    [Fact]
    public async Task Lists_the_nodes_when_one_is_asked_for_that_does_not_exist()
    {
        WriteMeta(master: 1, worker: 2, prometheus: 3, grafana: 4, alertmanager: 5);

        var failure = await Assert.ThrowsAsync<NodeSelectionException>(
            () => Reporter().ReportAsync(new ReportRequest { Cluster = "dm-test", Nodes = ["127.0.0.1:9"] }, TestContext.Current.CancellationToken));

        Assert.StartsWith("cannot find node id '127.0.0.1:9' in topology, should be one of: [127.0.0.1:1 127.0.0.1:2 127.0.0.1:3 127.0.0.1:4 127.0.0.1:5]", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tells_the_build_on_disk_and_what_it_says_of_itself()
    {
        WriteMeta(master: 1, worker: 2, prometheus: 3, grafana: 4, alertmanager: 5);
        var binary = _home["deploy/dm-worker-2/bin/dm-worker/dm-worker"];
        Directory.CreateDirectory(Path.GetDirectoryName(binary)!);
        File.WriteAllText(binary, "#!/bin/sh\nprintf 'Release Version: v8.5.1\\nGit Commit Hash: 0123456789abcdef\\n'\n");
        File.SetUnixFileMode(binary, (UnixFileMode)Convert.ToInt32("755", 8));

        var report = await Reporter().ReportAsync(new ReportRequest { Cluster = "dm-test", Roles = ["dm-worker"], Builds = true, Uptime = true }, TestContext.Current.CancellationToken);

        Assert.Empty(report.Remarks);
        var build = Assert.Single(report.Nodes).Build!;
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(binary))), "", "v8.5.1", "0123456789abcdef"), (build.DiskSha256, build.RunningSha256, build.Disk!.ReleaseVersion, build.Disk.GitCommit));
    }

    [Fact]
    public async Task A_host_that_cannot_be_reached_is_a_remark()
    {
        WriteMeta(master: 1, worker: 2, prometheus: 3, grafana: 4, alertmanager: 5, host: "192.0.2.1");

        var report = await Reporter().ReportAsync(new ReportRequest { Cluster = "dm-test", Roles = ["grafana"], Builds = true, StatusTimeout = TimeSpan.FromSeconds(1) }, TestContext.Current.CancellationToken);

        Assert.Contains("192.0.2.1", Assert.Single(report.Remarks), StringComparison.Ordinal);
        Assert.Null(Assert.Single(report.Nodes).Build);
    }

    private const string Members =
        """
        {"result":true,"msg":"","members":[
          {"leader":{"msg":"","name":"m1","addr":"127.0.0.1:8261"}},
          {"master":{"msg":"","masters":[{"name":"m1","memberID":"123","alive":true,"peerURLs":[],"clientURLs":["http://127.0.0.1:8261"]}]}},
          {"worker":{"msg":"","workers":[{"name":"w1","addr":"127.0.0.1:8262","stage":"bound","source":"mysql-01"}]}}]}
        """;

    private ClusterReporter Reporter()
    {
        var home = TiupHome.Resolve(name => name == "TIUP_HOME" ? _home.Path : null);
        return new ClusterReporter(new RolloutContext
        {
            Home = home,
            Clusters = new ClusterStore(home, TimeProvider.System),
            Time = TimeProvider.System,
            Operator = "dba",
            Machine = "control",
            Connection = new ConnectionSettings { Engine = "none" },
        });
    }

    private void WriteMeta(int master, int worker, int prometheus, int grafana, int alertmanager, string host = "127.0.0.1")
    {
        var directory = _home["storage/dm/clusters/dm-test"];
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "meta.yaml"), string.Create(CultureInfo.InvariantCulture, $"""
            user: {Environment.UserName}
            dm_version: v8.5.0
            topology:
              global:
                user: dm
                ssh_port: 22
                ssh_type: builtin
                deploy_dir: {_home["deploy"]}
                data_dir: {_home["data"]}
                os: linux
                arch: amd64
              monitored:
                node_exporter_port: 9100
                blackbox_exporter_port: 9115
              master_servers:
              - host: {host}
                patched: true
                name: m1
                port: {master}
                peer_port: 8291
                deploy_dir: {_home["deploy"]}/dm-master-1
                arch: amd64
                os: linux
              worker_servers:
              - host: {host}
                name: w1
                port: {worker}
                deploy_dir: {_home["deploy"]}/dm-worker-2
                arch: amd64
                os: linux
              monitoring_servers:
              - host: {host}
                port: {prometheus}
                deploy_dir: {_home["deploy"]}/prometheus-3
                arch: amd64
                os: linux
              grafana_servers:
              - host: {host}
                port: {grafana}
                deploy_dir: {_home["deploy"]}/grafana-4
                arch: amd64
                os: linux
              alertmanager_servers:
              - host: {host}
                web_port: {alertmanager}
                cluster_port: 9094
                deploy_dir: {_home["deploy"]}/alertmanager-5
                arch: amd64
                os: linux
            """));
    }
}
