using System.Net;
using System.Net.Sockets;
using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Clusters;

/// <summary>Nodes that are there and no good.</summary>
public class FaultTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_open_port_proves_nothing()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, Small, Cancellation);
        var master = cluster.Masters[0];
        await cluster.StopAsync(master, Cancellation);
        cluster.Turn(master, k => k with { StartDelayMs = 60_000 });

        await cluster.StartAsync(master, Cancellation);

        await Until.TrueAsync(() => IsOpenAsync(master), "an open port");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(500);
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cluster.Http.GetAsync(cluster.UriOf(master, "/status"), limit.Token));
        Assert.False(Cancellation.IsCancellationRequested);
    }

    [Fact]
    public async Task A_build_can_be_ill_in_ways_of_its_own()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, Small, Cancellation);
        var (master, worker) = (cluster.Masters[0], cluster.Workers[0]);

        await InstallAsync(cluster, master, new BuildFaults { HealthFalse = true });
        await Until.TrueAsync(async () => await LeadsAsync(cluster), "a leader");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "{\"health\":\"false\",\"reason\":\"ALARM NOSPACE\"}\n"), await cluster.CallAsync(master, "GET", "/health"));

        await InstallAsync(cluster, worker, new BuildFaults { NeverJoin = true });
        await Until.TrueAsync(() => IsOpenAsync(worker), "an open port");
        Assert.Equal("offline", (await cluster.WorkersAsync(master))[worker.Name].Stage);

        await InstallAsync(cluster, worker, new BuildFaults { SubTasksFail = true });
        await Until.TrueAsync(
            async () => (await cluster.JsonAsync(master, "GET", "/apis/v1alpha1/status/"))["sources"]![0]!["subTaskStatus"]!.AsArray().FirstOrDefault()?["stage"]?.GetValue<string>() == "Paused",
            "the pause");

        await InstallAsync(cluster, worker, new BuildFaults { StartExitCode = 2 });
        await Until.TrueAsync(async () => await cluster.PropertyAsync(worker, "SubState", Cancellation) == "auto-restart", "the end");
        Assert.Equal("2", await cluster.PropertyAsync(worker, "ExecMainStatus", Cancellation));

        await InstallAsync(cluster, worker, null);
        await InstallAsync(cluster, master, null);
        await cluster.UntilWholeAsync(Cancellation);
    }

    [Fact]
    public async Task An_eviction_can_be_ignored_and_answers_can_be_slow()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, Small, Cancellation);
        var master = cluster.Masters[0];
        cluster.Turn(master, k => k with { IgnoreEvict = true, SlowRepliesMs = 300 });
        await Until.TrueAsync(async () => await TimeAsync() >= TimeSpan.FromMilliseconds(290), "slow answers");

        Assert.Equal(HttpStatusCode.OK, (await cluster.CallAsync(master, "PUT", "/apis/v1alpha1/leader/1")).Status);

        Assert.Equal(master.Name, await cluster.LeaderAsync(master));

        async Task<TimeSpan> TimeAsync()
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            await cluster.CallAsync(master, "GET", "/status");
            return watch.Elapsed;
        }
    }

    [Fact]
    public async Task Nodes_can_have_addresses_of_their_own()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, Small with { ManyHosts = true }, Cancellation);

        Assert.Equal(["127.0.0.11", "127.0.0.12"], cluster.Nodes.Select(n => n.Host));
    }

    private static readonly LocalClusterOptions Small = new()
    {
        Masters = 1,
        Workers = 1,
        Sources = [new("mysql-01", [new("task-1")])],
        Knobs = new Knobs { ElectionTtlMs = 3_000, KeepaliveTtlMs = 60_000, GracefulStopMs = 50, SubTaskStopMs = 50 },
    };

    private static async Task InstallAsync(LocalCluster cluster, LayoutNode node, BuildFaults? faults)
    {
        await cluster.StopAsync(node, Cancellation);
        DoubleBuild.Stamp(DoubleBuild.Executable, node.Binary, new BuildStamp("v8.5.0", new string('3', 40), Faults: faults));
        await cluster.StartAsync(node, Cancellation);
    }

    private static async Task<bool> LeadsAsync(LocalCluster cluster) => await cluster.LeaderAsync(cluster.Masters[0]) is not null;

    private static async Task<bool> IsOpenAsync(LayoutNode node)
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(node.Host, node.Port, Cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
