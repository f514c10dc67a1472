using System.Net;
using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Clusters;

public class LeadershipTests
{
    // Workers that get over a time without masters.
    private static readonly Knobs LongLived = new() { ElectionTtlMs = 3_000, KeepaliveTtlMs = 60_000, GracefulStopMs = 100 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_evicted_leader_does_not_lead_until_it_is_cancelled_or_restarted_and_no_task_notices()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, new LocalClusterOptions { Knobs = LongLived }, Cancellation);
        var first = await cluster.LeaderAsync();
        var from = DateTimeOffset.UtcNow;

        Assert.Equal((HttpStatusCode.OK, "{\n  \"result\": true,\n  \"msg\": \"\"\n}"), await cluster.CallAsync(first, "PUT", "/apis/v1alpha1/leader/1"));
        Assert.Equal(HttpStatusCode.OK, (await cluster.CallAsync(first, "PUT", "/apis/v1alpha1/leader/EvictLeaderOp")).Status);
        var second = await cluster.LeaderAsync();
        Assert.NotEqual(first, second);
        await cluster.UntilWholeAsync(Cancellation);

        // The others too: then nobody is left, and everybody says so.
        foreach (var master in cluster.Masters.Where(m => m != first))
        {
            await cluster.CallAsync(master, "PUT", "/apis/v1alpha1/leader/1");
        }

        await Until.TrueAsync(async () => (await cluster.CallAsync(first, "GET", "/apis/v1alpha1/members")).Status == HttpStatusCode.InternalServerError, "nobody leading");
        foreach (var master in cluster.Masters)
        {
            await Until.TrueAsync(
                async () => await cluster.CallAsync(master, "GET", "/apis/v1alpha1/members") == (
                    HttpStatusCode.InternalServerError,
                    "{\n  \"code\": 2,\n  \"message\": \"[code=38043:class=dm-master:scope=internal:level=high], Message: master is not leader, and can't forward request to leader\",\n  \"details\": [\n  ]\n}"),
                "38043");
            Assert.Equal(HttpStatusCode.OK, (await cluster.CallAsync(master, "GET", "/health")).Status);
        }

        // The flag lives in the process: a restart forgets it.
        await cluster.StopAsync(second, Cancellation);
        await cluster.StartAsync(second, Cancellation);
        Assert.Equal(second, await cluster.LeaderAsync());

        await cluster.CallAsync(second, "PUT", "/apis/v1alpha1/leader/1");
        await cluster.CallAsync(first, "PUT", "/apis/v1alpha1/leader/2");
        Assert.Equal(first, await cluster.LeaderAsync());
        await cluster.UntilWholeAsync(Cancellation);

        var gaps = cluster.Gaps(from, DateTimeOffset.UtcNow);
        Assert.All(gaps.Tasks, gap => Assert.Equal(TimeSpan.Zero, gap.Total));
        Assert.Empty(gaps.Overlaps);
        Assert.NotEqual(TimeSpan.Zero, gaps.ControlPlane.Total);
    }

    [Fact]
    public async Task A_killed_leader_leads_until_its_lease_runs_out()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(
            directory.Path, new LocalClusterOptions { Workers = 1, Sources = [], Knobs = LongLived }, Cancellation);
        var leader = await cluster.LeaderAsync();
        var follower = cluster.Masters.First(m => m != leader);
        var from = DateTimeOffset.UtcNow;

        await cluster.KillAsync(leader, Cancellation);
        await Until.TrueAsync(async () => (await cluster.CallAsync(follower, "GET", "/health")).Status == HttpStatusCode.OK, "a new raft leader");
        var (status, text) = await cluster.CallAsync(follower, "GET", "/apis/v1alpha1/members");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("\"code\": 14,", text, StringComparison.Ordinal);

        await Until.TrueAsync(async () => await cluster.LeaderAsync(follower) is { } name && name != leader.Name, "a new leader");
        var gaps = cluster.Gaps(from, DateTimeOffset.UtcNow);
        Assert.InRange(gaps.ControlPlane.Longest, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(30));
        Assert.Equal(1, gaps.Kills);
    }

    [Fact]
    public async Task Without_quorum_nothing_is_healthy_and_calls_hang_before_they_fail()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, new LocalClusterOptions { Workers = 1, Sources = [] }, Cancellation);
        var leader = await cluster.LeaderAsync();

        foreach (var master in cluster.Masters.Where(m => m != leader))
        {
            await cluster.StopAsync(master, Cancellation);
        }

        await Until.TrueAsync(
            async () => await cluster.CallAsync(leader, "GET", "/health") == (HttpStatusCode.ServiceUnavailable, "{\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}\n"), "bad health");
        Assert.Equal(HttpStatusCode.OK, (await cluster.CallAsync(leader, "GET", "/status")).Status);
        var (status, text) = await cluster.CallAsync(leader, "GET", "/apis/v1alpha1/members");
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Contains("\"code\": 2,", text, StringComparison.Ordinal);

        foreach (var master in cluster.Masters.Where(m => m != leader))
        {
            await cluster.StartAsync(master, Cancellation);
        }

        await cluster.UntilWholeAsync(Cancellation);
    }

    [Fact]
    public async Task The_only_master_comes_back_with_all_it_knew()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, new LocalClusterOptions { Masters = 1, Workers = 2, Knobs = LongLived }, Cancellation);
        var before = await cluster.WorkersAsync(cluster.Masters[0]);
        var from = DateTimeOffset.UtcNow;

        await cluster.StopAsync(cluster.Masters[0], Cancellation);
        await cluster.StartAsync(cluster.Masters[0], Cancellation);
        await cluster.UntilWholeAsync(Cancellation);

        Assert.Equal(before, await cluster.WorkersAsync(cluster.Masters[0]));
        Assert.All(cluster.Gaps(from, DateTimeOffset.UtcNow).Tasks, gap => Assert.Equal(TimeSpan.Zero, gap.Total));
    }

    [Fact]
    public async Task A_stopped_member_is_listed_as_not_alive()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, new LocalClusterOptions { Workers = 1, Sources = [] }, Cancellation);
        var leader = await cluster.LeaderAsync();
        var stopped = cluster.Masters.First(m => m != leader);
        await cluster.StopAsync(stopped, Cancellation);

        Assert.Equal([(stopped.Name, false)], await AliveAsync("&names=" + stopped.Name));

        // Alive says no more than that something answers: a sick member is alive too.
        var sick = cluster.Masters.First(m => m != leader && m != stopped);
        cluster.Turn(sick, k => k with { HealthFalse = true });
        await Until.TrueAsync(async () => (await cluster.CallAsync(sick, "GET", "/health")).Status == HttpStatusCode.ServiceUnavailable, "bad health");
        Assert.Equal([(sick.Name, true)], await AliveAsync("&names=" + sick.Name));

        cluster.Turn(leader, k => k with { LieAboutAlive = true });
        await Until.TrueAsync(async () => (await AliveAsync("")).All(m => m.Alive), "the lie");

        async Task<List<(string Name, bool Alive)>> AliveAsync(string query) =>
            [.. (await cluster.JsonAsync(leader, "GET", "/apis/v1alpha1/members?master=true" + query))["members"]![0]!["master"]!["masters"]!.AsArray()
                .Select(m => (m!["name"]!.GetValue<string>(), m["alive"]!.GetValue<bool>()))];
    }
}
