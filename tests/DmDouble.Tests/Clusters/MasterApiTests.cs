using System.Net;
using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Clusters;

/// <summary>The API of a healthy cluster, byte for byte where DM's clients look at bytes.</summary>
public sealed class MasterApiTests(MasterApiTests.Running running) : IClassFixture<MasterApiTests.Running>
{
    private LocalCluster Cluster => running.Cluster;

    private LayoutNode Master => Cluster.Masters[0];

    private LayoutNode Worker => Cluster.Workers[0];

    [Fact]
    public async Task Lists_members_as_jsonpb_prints_them()
    {
        var leader = await Cluster.LeaderAsync();
        var id = (await Cluster.JsonAsync(Master, "GET", $"/apis/v1alpha1/members?master=true&names={Master.Name}"))["members"]![0]!["master"]!["masters"]![0]!["memberID"]!.GetValue<string>();
        Assert.True(ulong.TryParse(id, out _));

        var (_, text) = await Cluster.CallAsync(Cluster.Masters[1], "GET", $"/apis/v1alpha1/members?names={Master.Name}&names={leader.Name}&names={Worker.Name}&leader=true&master=false&worker=true");

        var worker = (await Cluster.WorkersAsync(Master))[Worker.Name];
        Assert.Equal(
            $$"""
            {
              "result": true,
              "msg": "",
              "members": [
                {
                  "leader": {
                    "msg": "",
                    "name": "{{leader.Name}}",
                    "addr": "{{leader.Id}}"
                  }
                },
                {
                  "worker": {
                    "msg": "",
                    "workers": [
                      {
                        "name": "{{Worker.Name}}",
                        "addr": "{{Worker.Id}}",
                        "stage": "{{worker.Stage}}",
                        "source": "{{worker.Source}}"
                      }
                    ]
                  }
                }
              ]
            }
            """,
            text);
    }

    [Fact]
    public async Task Without_flags_there_are_all_three_parts_sorted_by_name()
    {
        var parts = (await Cluster.JsonAsync(Master, "GET", "/apis/v1alpha1/members"))["members"]!.AsArray();

        Assert.Equal(["leader", "master", "worker"], parts.Select(p => p!.AsObject().Single().Key));
        Assert.Equal(Cluster.Masters.Select(m => m.Name).Order(StringComparer.Ordinal), parts[1]!["master"]!["masters"]!.AsArray().Select(m => m!["name"]!.GetValue<string>()));
        Assert.All(parts[1]!["master"]!["masters"]!.AsArray(), m => Assert.Equal(["name", "memberID", "alive", "peerURLs", "clientURLs"], m!.AsObject().Select(f => f.Key)));
        Assert.All(parts[1]!["master"]!["masters"]!.AsArray(), m => Assert.True(m!["alive"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task A_leader_that_is_filtered_out_is_there_without_a_name()
    {
        var leader = (await Cluster.JsonAsync(Master, "GET", "/apis/v1alpha1/members?leader=true&names=nobody"))["members"]![0]!["leader"]!;

        Assert.Equal(("", "", ""), (leader["msg"]!.GetValue<string>(), leader["name"]!.GetValue<string>(), leader["addr"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("GET", "/apis/v1alpha1/status")]
    [InlineData("GET", "/apis/v1alpha1/status/task:1")]
    [InlineData("DELETE", "/apis/v1alpha1/members/worker/127.0.0.1:8262")]
    [InlineData("DELETE", "/apis/v1alpha1/members/worker/127.0.0.1%3A8262")]
    [InlineData("GET", "/apis/v1alpha1/members/")]
    [InlineData("GET", "/apis/v1alpha1/leader/1")]
    [InlineData("POST", "/apis/v1alpha1/sources/mysql-01/transfer")]
    [InlineData("GET", "/apis/v2/members")]
    public async Task Does_not_implement_what_dm_does_not(string method, string path)
    {
        var (status, text) = await Cluster.CallAsync(Master, method, path);

        Assert.Equal(HttpStatusCode.NotImplemented, status);
        Assert.Equal("{\n  \"code\": 12,\n  \"message\": \"Not Implemented\",\n  \"details\": [\n  ]\n}", text);
    }

    [Theory]
    [InlineData("/api/v1/cluster/masters")]
    [InlineData("/double/sources")]
    [InlineData("/raft/append")]
    [InlineData("/etcd/propose")]
    [InlineData("/pb.Master/RegisterWorker")]
    [InlineData("/v3/kv/range")]
    public async Task Has_no_call_of_its_own_on_the_public_port(string path)
    {
        Assert.Equal((HttpStatusCode.NotFound, "404 page not found\n"), await Cluster.CallAsync(Master, "GET", path));
        Assert.Equal((HttpStatusCode.NotFound, "404 page not found\n"), await Cluster.CallAsync(Master, "POST", path, "{}"));
    }

    [Fact]
    public async Task Says_its_version_and_its_health()
    {
        const string Version = "Release Version: v8.5.0\nGit Commit Hash: 1111111111111111111111111111111111111111\nGit Branch: HEAD-dm-master\n" +
            "UTC Build Time: 2026-10-01 08:00:00\nGo Version: go1.23.4\nFailpoint Build: false\n";

        Assert.Equal((HttpStatusCode.OK, Version), await Cluster.CallAsync(Master, "GET", "/status"));
        Assert.Equal((HttpStatusCode.OK, """{"health":"true","reason":""}"""), await Cluster.CallAsync(Master, "GET", "/health"));
        Assert.Equal((HttpStatusCode.OK, """{"etcdserver":"3.5.15","etcdcluster":"3.5.0"}"""), await Cluster.CallAsync(Master, "GET", "/version"));
        Assert.Equal((HttpStatusCode.OK, "ok"), await Cluster.CallAsync(Master, "GET", "/readyz"));
        Assert.Contains("etcd_server_has_leader 1\n", (await Cluster.CallAsync(Master, "GET", "/metrics")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_says_its_version_and_nothing_else()
    {
        Assert.Equal(
            (HttpStatusCode.OK, "Release Version: v8.5.0\nGit Commit Hash: 1111111111111111111111111111111111111111\nGit Branch: HEAD-dm-worker\nUTC Build Time: 2026-10-01 08:00:00\nGo Version: go1.23.4\nFailpoint Build: false\n"),
            await Cluster.CallAsync(Worker, "GET", "/status"));
        Assert.Equal(HttpStatusCode.OK, (await Cluster.CallAsync(Worker, "GET", "/metrics")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Cluster.CallAsync(Worker, "GET", "/health")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Cluster.CallAsync(Worker, "POST", "/pb.Worker/QueryStatus", "{}")).Status);
    }

    [Theory]
    [InlineData("/apis/v1alpha1/leader/9")]
    [InlineData("/apis/v1alpha1/leader/Nonsense")]
    public async Task Refuses_an_operation_that_is_none(string path)
    {
        var (status, text) = await Cluster.CallAsync(Master, "PUT", path);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("\"code\": 3,", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operation_zero_is_refused_in_the_message()
    {
        Assert.Equal((HttpStatusCode.OK, "{\n  \"result\": false,\n  \"msg\": \"operate InvalidLeaderOp is not supported\"\n}"), await Cluster.CallAsync(Master, "PUT", "/apis/v1alpha1/leader/0"));
    }

    [Fact]
    public async Task All_tasks_are_in_one_status()
    {
        var status = await Cluster.JsonAsync(Cluster.Masters[2], "GET", "/apis/v1alpha1/status/");

        Assert.Equal(["mysql-01", "mysql-02"], status["sources"]!.AsArray().Select(s => s!["sourceStatus"]!["source"]!.GetValue<string>()));
        var subTask = status["sources"]![0]!["subTaskStatus"]![0]!.AsObject();
        Assert.Equal(["name", "stage", "unit", "result", "unresolvedDDLLockID", "sync", "validation"], subTask.Select(f => f.Key));
        Assert.Equal(("task-1", "Running", "Sync"), (subTask["name"]!.GetValue<string>(), subTask["stage"]!.GetValue<string>(), subTask["unit"]!.GetValue<string>()));
        Assert.Equal(
            ["totalEvents", "totalTps", "recentTps", "masterBinlog", "masterBinlogGtid", "syncerBinlog", "syncerBinlogGtid", "blockingDDLs", "unresolvedGroups", "synced", "binlogType",
                "secondsBehindMaster", "blockDDLOwner", "conflictMsg", "totalRows", "totalRps", "recentRps"],
            subTask["sync"]!.AsObject().Select(f => f.Key));
        Assert.Matches(@"^\(mysql-bin\.000003, \d+\)$", subTask["sync"]!["syncerBinlog"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_status_of_one_source_is_of_one_source() =>
        Assert.Equal("mysql-02", Assert.Single((await Cluster.JsonAsync(Master, "GET", "/apis/v1alpha1/status/task-1?sources=mysql-02"))["sources"]!.AsArray())!["sourceStatus"]!["source"]!.GetValue<string>());

    [Fact]
    public async Task A_task_that_is_not_there_is_refused() =>
        Assert.Equal(
            (HttpStatusCode.OK, "{\n  \"result\": false,\n  \"msg\": \"task x has no source or not exist\",\n  \"sources\": [\n  ]\n}"),
            await Cluster.CallAsync(Master, "GET", "/apis/v1alpha1/status/x"));

    [Fact]
    public async Task Positions_advance_and_never_go_back()
    {
        var first = await PositionAsync();
        await Until.TrueAsync(async () => await PositionAsync() > first, "progress");
    }

    [Fact]
    public async Task Shows_where_each_source_is()
    {
        var workers = await Cluster.WorkersAsync(Master);
        var sources = (await Cluster.JsonAsync(Cluster.Masters[1], "PUT", "/apis/v1alpha1/sources", """{"op":4}"""))["sources"]!.AsArray();

        Assert.Equal(["mysql-01", "mysql-02"], sources.Select(s => s!["source"]!.GetValue<string>()));
        Assert.All(sources, s => Assert.Equal(s!["source"]!.GetValue<string>(), workers[s["worker"]!.GetValue<string>()].Source));
        Assert.All(sources, s => Assert.True(s!["result"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task A_task_is_paused_and_resumed()
    {
        var paused = await Cluster.JsonAsync(Master, "PUT", "/apis/v1alpha1/tasks/task-1", """{"op":2,"sources":["mysql-02"]}""");
        Assert.Equal("Pause", paused["op"]!.GetValue<string>());
        Assert.True(Assert.Single(paused["sources"]!.AsArray())!["result"]!.GetValue<bool>());
        Assert.Equal(["Running", "Paused"], await StagesAsync());

        var resumed = await Cluster.JsonAsync(Master, "PUT", "/apis/v1alpha1/tasks/task-1", """{"op":"Resume","sources":["mysql-02"]}""");
        Assert.Equal("Resume", resumed["op"]!.GetValue<string>());
        Assert.Equal(["Running", "Running"], await StagesAsync());
    }

    [Fact]
    public async Task A_worker_that_is_online_cannot_be_removed()
    {
        Assert.Equal(
            $"[code=46005:class=scheduler:scope=internal:level=medium], Message: dm-worker with name {Worker.Name} is still online, Workaround: Please shut it down first.",
            (await Cluster.JsonAsync(Master, "DELETE", $"/apis/v1alpha1/members/worker/{Worker.Name}"))["msg"]!.GetValue<string>());
        Assert.Equal(
            "[code=38049:class=dm-master:scope=internal:level=low], Message: offline member type x is invalid",
            (await Cluster.JsonAsync(Master, "DELETE", "/apis/v1alpha1/members/x/y"))["msg"]!.GetValue<string>());
        Assert.Equal(
            "[code=38048:class=dm-master:scope=internal:level=low], Message: dm-master with name x not exists, Workaround: Please use list-member command to see masters.",
            (await Cluster.JsonAsync(Master, "DELETE", "/apis/v1alpha1/members/master/x"))["msg"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_call_that_dm_lacks_is_in_the_report()
    {
        await Cluster.CallAsync(Master, "GET", "/apis/v1alpha1/nonsense");

        Assert.Contains("GET /apis/v1alpha1/nonsense", Cluster.Gaps(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow).UnknownCalls);
    }

    private async Task<IEnumerable<string>> StagesAsync() => (await Cluster.JsonAsync(Master, "GET", "/apis/v1alpha1/status/"))["sources"]!.AsArray()
        .Select(s => s!["subTaskStatus"]![0]!["stage"]!.GetValue<string>());

    private async Task<int> PositionAsync()
    {
        var text = (await Cluster.JsonAsync(Master, "GET", "/apis/v1alpha1/status/"))["sources"]![0]!["subTaskStatus"]![0]!["sync"]!["syncerBinlog"]!.GetValue<string>();
        return int.Parse(text.Split(' ')[1].TrimEnd(')'), System.Globalization.CultureInfo.InvariantCulture);
    }

    public sealed class Running : IAsyncLifetime
    {
        private readonly TempDirectory _directory = new();

        internal LocalCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await LocalCluster.StartAsync(_directory.Path, new LocalClusterOptions(), TestContext.Current.CancellationToken);

        public async ValueTask DisposeAsync()
        {
            if (Cluster is not null)
            {
                await Cluster.DisposeAsync();
            }

            _directory.Dispose();
        }
    }
}
