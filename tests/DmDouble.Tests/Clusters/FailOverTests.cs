using System.Net;
using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Clusters;

public class FailOverTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_graceful_stop_moves_the_source_to_the_spare_at_once()
    {
        using var directory = new TempDirectory();
        // With a lease of a minute, only an order to give it up explains a move within seconds.
        await using var cluster = await LocalCluster.StartAsync(directory.Path, Options(1, 2, keepalive: 60_000), Cancellation);
        var worker = await cluster.WorkerOfAsync("mysql-01");
        var spare = cluster.Workers.Single(w => w != worker);
        var from = DateTimeOffset.UtcNow;

        await cluster.StopAsync(worker, Cancellation);

        await Until.TrueAsync(async () => (await cluster.WorkersAsync(cluster.Masters[0]))[spare.Name] == ("bound", "mysql-01"), "the move", seconds: 15);
        Assert.Equal(("offline", ""), (await cluster.WorkersAsync(cluster.Masters[0]))[worker.Name]);

        // And when the first one is back, it is the spare.
        await cluster.StartAsync(worker, Cancellation);
        await cluster.UntilWholeAsync(Cancellation);
        Assert.Equal(("free", ""), (await cluster.WorkersAsync(cluster.Masters[0]))[worker.Name]);
        var gaps = cluster.Gaps(from, DateTimeOffset.UtcNow);
        Assert.Empty(gaps.Overlaps);
        Assert.Equal(0, gaps.Kills);
        Assert.NotEqual(TimeSpan.Zero, Assert.Single(gaps.Tasks).Longest);
    }

    [Fact]
    public async Task Without_a_spare_the_source_waits_for_its_worker()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, new LocalClusterOptions { Masters = 1, Workers = 2 }, Cancellation);
        var worker = await cluster.WorkerOfAsync("mysql-02");
        var master = cluster.Masters[0];

        await cluster.StopAsync(worker, Cancellation);

        var sources = (await cluster.JsonAsync(master, "PUT", "/apis/v1alpha1/sources", """{"op":4}"""))["sources"]!;
        Assert.Equal(("source is added but there is no free worker to bound", ""), (sources[1]!["msg"]!.GetValue<string>(), sources[1]!["worker"]!.GetValue<string>()));
        var status = (await cluster.JsonAsync(master, "GET", "/apis/v1alpha1/status/"))["sources"]![1]!;
        Assert.False(status["result"]!.GetValue<bool>());
        Assert.Equal("can't find task=task-1 from dm-worker for source=mysql-02, please use dmctl list-member to check if worker is offline.", status["msg"]!.GetValue<string>());
        Assert.Equal("source not bound", status["sourceStatus"]!["worker"]!.GetValue<string>());
        Assert.Equal(("InvalidStage", "InvalidUnit"), (status["subTaskStatus"]![0]!["stage"]!.GetValue<string>(), status["subTaskStatus"]![0]!["unit"]!.GetValue<string>()));
        var one = (await cluster.JsonAsync(master, "GET", "/apis/v1alpha1/status/task-1"))["sources"]![1]!;
        Assert.Equal(
            "[code=38029:class=dm-master:scope=internal:level=high], Message: mysql-02 relevant worker-client not found, Workaround: Please use list-member command to see if the some workers are offline.",
            one["msg"]!.GetValue<string>());

        await cluster.StartAsync(worker, Cancellation);
        await cluster.UntilWholeAsync(Cancellation);
        Assert.Equal(worker, await cluster.WorkerOfAsync("mysql-02"));
    }

    [Fact]
    public async Task After_a_kill_the_source_waits_for_the_lease_to_run_out()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, Options(1, 2, keepalive: 2_000), Cancellation);
        var worker = await cluster.WorkerOfAsync("mysql-01");
        var from = DateTimeOffset.UtcNow;

        await cluster.KillAsync(worker, Cancellation);
        await Until.TrueAsync(async () => (await cluster.WorkersAsync(cluster.Masters[0]))[worker.Name] == ("offline", ""), "the end of the lease");
        await Until.TrueAsync(() => Directory.Exists(directory.Path) && cluster.Gaps(from, DateTimeOffset.UtcNow).Tasks.Single().Longest > TimeSpan.Zero, "the gap");
        await Until.TrueAsync(async () => await cluster.WorkerOfAsync("mysql-01") != worker, "the move");

        var gaps = cluster.Gaps(from, DateTimeOffset.UtcNow);
        Assert.Empty(gaps.Overlaps);
        Assert.InRange(gaps.Tasks.Single().Longest, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_worker_that_is_back_within_its_lease_keeps_its_source()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, Options(1, 2, keepalive: 60_000), Cancellation);
        var worker = await cluster.WorkerOfAsync("mysql-01");
        var from = DateTimeOffset.UtcNow;

        await cluster.KillAsync(worker, Cancellation);
        Assert.Equal(("bound", "mysql-01"), (await cluster.WorkersAsync(cluster.Masters[0]))[worker.Name]);
        await cluster.StartAsync(worker, Cancellation);
        await cluster.UntilWholeAsync(Cancellation);

        Assert.Equal(worker, await cluster.WorkerOfAsync("mysql-01"));
        Assert.Equal(1, cluster.Gaps(from, DateTimeOffset.UtcNow).Kills);
    }

    [Fact]
    public async Task The_old_stop_order_lets_two_workers_meet_and_the_report_sees_them()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, Options(1, 2, keepalive: 60_000), Cancellation);
        var worker = await cluster.WorkerOfAsync("mysql-01");
        cluster.Turn(worker, k => k with { LegacyStopOrder = true, SubTaskStopMs = 2_500 });
        var from = DateTimeOffset.UtcNow;

        await cluster.StopAsync(worker, Cancellation);

        var overlap = Assert.Single(cluster.Gaps(from, DateTimeOffset.UtcNow).Overlaps);
        Assert.StartsWith("source mysql-01 on ", overlap, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_without_masters_drops_its_source_when_its_lease_is_over()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, Options(1, 1, keepalive: 2_000), Cancellation);
        var from = DateTimeOffset.UtcNow;

        await cluster.StopAsync(cluster.Masters[0], Cancellation);
        await Until.TrueAsync(async () => !(await cluster.CallAsync(cluster.Workers[0], "GET", "/metrics")).Body.Contains("dm_worker_task_state{", StringComparison.Ordinal), "the drop");

        await cluster.StartAsync(cluster.Masters[0], Cancellation);
        await cluster.UntilWholeAsync(Cancellation);
        var gaps = cluster.Gaps(from, DateTimeOffset.UtcNow);
        Assert.Equal(0, gaps.Kills);
        Assert.NotEqual(TimeSpan.Zero, Assert.Single(gaps.Tasks).Total);
    }

    [Fact]
    public async Task A_task_that_cannot_run_pauses_with_its_error_and_recovers_when_that_is_gone()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, Options(1, 1, keepalive: 60_000), Cancellation);
        var (master, worker) = (cluster.Masters[0], cluster.Workers[0]);
        cluster.Turn(worker, k => k with { SubTaskErrors = new Dictionary<string, string> { ["task-1"] = "dial tcp: connection refused" }, AutoRecoverMs = 200 });

        await cluster.StopAsync(worker, Cancellation);
        await cluster.StartAsync(worker, Cancellation);
        await Until.TrueAsync(async () => (await TaskAsync())?["stage"]?.GetValue<string>() == "Paused", "the pause");
        var error = (await TaskAsync())!["result"]!["errors"]![0]!.AsObject();
        Assert.Equal(["ErrCode", "ErrClass", "ErrScope", "ErrLevel", "Message", "RawCause", "Workaround"], error.Select(f => f.Key));
        Assert.Equal("dial tcp: connection refused", error["Message"]!.GetValue<string>());

        cluster.Turn(worker, k => k);
        await cluster.UntilWholeAsync(Cancellation);

        async Task<System.Text.Json.Nodes.JsonNode?> TaskAsync() => (await cluster.JsonAsync(master, "GET", "/apis/v1alpha1/status/"))["sources"]![0]!["subTaskStatus"]!.AsArray().FirstOrDefault();
    }

    [Fact]
    public async Task A_paused_task_stays_paused_over_a_restart()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(
            directory.Path, Options(1, 1, keepalive: 60_000) with { Sources = [new("mysql-01", [new("asleep", "Paused"), new("task-1")])] }, Cancellation);
        var from = DateTimeOffset.UtcNow;

        await cluster.StopAsync(cluster.Workers[0], Cancellation);
        await cluster.StartAsync(cluster.Workers[0], Cancellation);
        await cluster.UntilWholeAsync(Cancellation);

        Assert.Equal(["task-1 on mysql-01"], cluster.Gaps(from, DateTimeOffset.UtcNow).Tasks.Select(t => t.What));
    }

    private static LocalClusterOptions Options(int masters, int workers, int keepalive) => new()
    {
        Masters = masters,
        Workers = workers,
        Sources = [new("mysql-01", [new("task-1")])],
        Knobs = new Knobs { ElectionTtlMs = 3_000, KeepaliveTtlMs = keepalive, GracefulStopMs = 100, SubTaskStopMs = 50 },
    };
}
