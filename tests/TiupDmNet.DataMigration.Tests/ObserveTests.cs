using Newtonsoft.Json.Linq;
using TiupDmNet.DataMigration.Tests.Scripted;

namespace TiupDmNet.DataMigration.Tests;

public sealed class ObserveTests
{
    [Fact]
    public async Task Reads_members_bindings_and_tasks_into_one_picture()
    {
        await using var master = new ScriptedMaster("m1").Well();
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveAsync(default);

        Assert.Equal(master.Address, seen.AnsweredBy);
        Assert.Equal("m1", seen.Leader);
        Assert.Equal(["m1", "m2"], seen.Masters.Select(member => member.Name));
        Assert.Equal("11007177379717700053", seen.Masters[0].MemberId);
        Assert.Equal([true, false], seen.Masters.Select(member => member.Alive));
        Assert.Equal(["http://10.0.1.11:8261"], seen.Masters[0].ClientUrls);
        Assert.Empty(seen.Masters[1].ClientUrls);
        Assert.Equal(
            [
                new WorkerMember("w1", "10.0.1.21:8262", WorkerStage.Bound, "mysql-01", "bound"),
                new WorkerMember("w2", "10.0.1.22:8262", WorkerStage.Free, "", "free"),
                new WorkerMember("w3", "10.0.1.23:8262", WorkerStage.Bound, "mysql-03", "bound"),
            ],
            seen.Workers);
        Assert.Empty(seen.Problems);
    }

    [Fact]
    public async Task A_source_without_a_worker_is_a_fact_and_not_a_problem_of_the_picture()
    {
        await using var master = new ScriptedMaster("m1").Well();
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveAsync(default);

        Assert.Equal(
            [
                new SourceBinding("mysql-01", "w1", ""),
                new SourceBinding("mysql-02", "", "source is added but there is no free worker to bound"),
                new SourceBinding("mysql-03", "w3", ""),
            ],
            seen.Sources);
        Assert.Empty(seen.Problems);
    }

    [Fact]
    public async Task Reads_subtasks_sorted_with_errors_positions_and_lag()
    {
        await using var master = new ScriptedMaster("m1").Well();
        using var cluster = Clusters.Of(master);

        var subtasks = (await cluster.ObserveAsync(default)).Subtasks;

        Assert.Equal([("mysql-01", "task-1"), ("mysql-01", "task-2"), ("mysql-02", "task-1")], subtasks.Select(subtask => (subtask.Source, subtask.Task)));
        Assert.Equal(("w1", "Running", "Sync", "(mysql-bin.000003, 1878)", "e9a1:1-7840", 4294967296L, ""), (subtasks[0].Worker, subtasks[0].Stage, subtasks[0].Unit, subtasks[0].SyncerBinlog, subtasks[0].SyncerGtid, subtasks[0].SecondsBehindMaster, subtasks[0].DdlLock));
        Assert.Equal(["database driver error: dial tcp 10.0.9.9:4000: connection refused (code 10001)"], subtasks[1].Errors);
        Assert.Equal("task-2-`db`.`t`", subtasks[1].DdlLock);
        Assert.Equal(("", "InvalidStage", "InvalidUnit"), (subtasks[2].Worker, subtasks[2].Stage, subtasks[2].Unit));
        Assert.Null(subtasks[2].SecondsBehindMaster);
    }

    [Fact]
    public async Task Reads_what_a_v2_0_server_writes()
    {
        // No relayStatus.stage, no secondsBehindMaster, no validation, no etcd reason; lists that it has nothing for are null.
        await using var master = new ScriptedMaster("m1")
            .Members("""
                {"result":true,"msg":"","members":[
                  {"leader":{"msg":"","name":"m1","addr":"10.0.1.11:8261"}},
                  {"master":{"msg":"","masters":[{"name":"m1","memberID":"1","alive":true,"peerURLs":["http://10.0.1.11:8291"],"clientURLs":null}]}},
                  {"worker":{"msg":"","workers":[{"name":"w1","addr":"10.0.1.21:8262","stage":"bound","source":"mysql-01"}]}}]}
                """)
            .Tasks("""
                {"result":true,"msg":"","sources":[{"result":true,"msg":"",
                  "sourceStatus":{"source":"mysql-01","worker":"w1","result":null,"relayStatus":null},
                  "subTaskStatus":[{"name":"t","stage":"Running","unit":"Sync","result":null,"unresolvedDDLLockID":"",
                    "sync":{"totalEvents":"0","totalTps":"0","recentTps":"0","masterBinlog":"(mysql-bin.000003, 1979)","masterBinlogGtid":"",
                            "syncerBinlog":"(mysql-bin.000003, 1979)","syncerBinlogGtid":"","blockingDDLs":[],"unresolvedGroups":[],"synced":true,"binlogType":"remote"}}]}]}
                """)
            .Sources("""{"result":true,"msg":"","sources":[{"result":true,"msg":"","source":"mysql-01","worker":"w1"}]}""");
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveAsync(default);

        Assert.Empty(seen.Problems);
        Assert.Empty(seen.Masters[0].ClientUrls);
        var subtask = Assert.Single(seen.Subtasks);
        Assert.Equal(("Running", "(mysql-bin.000003, 1979)", null), (subtask.Stage, subtask.SyncerBinlog, subtask.SecondsBehindMaster));
    }

    [Fact]
    public async Task Does_not_mind_fields_enums_and_number_spellings_that_it_does_not_know()
    {
        await using var master = new ScriptedMaster("m1")
            .Members(Answers.Members.Replace("\"11007177379717700053\"", "11007177379717700053", StringComparison.Ordinal).Replace("\"free\"", "\"resting\"", StringComparison.Ordinal))
            .Tasks(Answers.Tasks.Replace("\"4294967296\"", "4294967296", StringComparison.Ordinal).Replace("\"Running\"", "12", StringComparison.Ordinal).Replace("\"InvalidUnit\"", "\"Validate\"", StringComparison.Ordinal))
            .Sources(Answers.Sources);
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveAsync(default);

        Assert.Equal("11007177379717700053", seen.Masters[0].MemberId);
        Assert.Equal((WorkerStage.Unknown, "resting"), (seen.Workers[1].Stage, seen.Workers[1].WrittenStage));
        Assert.Equal(("12", 4294967296L), (seen.Subtasks[0].Stage, seen.Subtasks[0].SecondsBehindMaster));
        Assert.Equal("Validate", seen.Subtasks[2].Unit);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task New_fields_anywhere_change_nothing(int seed)
    {
        await using var plain = new ScriptedMaster("m1").Well();
        await using var newer = new ScriptedMaster("m1").Members(WithNewFields(Answers.Members, seed)).Tasks(WithNewFields(Answers.Tasks, seed)).Sources(WithNewFields(Answers.Sources, seed));
        using var one = Clusters.Of(plain);
        using var other = Clusters.Of(newer);

        Assert.Equal(Text(await one.ObserveAsync(default)), Text(await other.ObserveAsync(default)));
    }

    [Fact]
    public async Task Keeps_the_troubles_of_a_source_and_the_stage_of_its_relay_log()
    {
        await using var master = new ScriptedMaster("m1").Well().Tasks(Answers.Tasks.Replace(
            "\"worker\": \"w3\", \"result\": null, \"relayStatus\": null",
            """
            "worker": "w3",
            "result": { "isCanceled": false, "errors": [ { "ErrCode": 10001, "Message": "database driver error", "RawCause": "dial tcp: i/o timeout" } ], "detail": null },
            "relayStatus": { "stage": "Paused", "result": { "errors": [ { "ErrCode": 30015, "Message": "open relay log file", "RawCause": "" } ] } }
            """,
            StringComparison.Ordinal));
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveAsync(default);

        Assert.Equal(
            new SourceBinding("mysql-03", "w3", "database driver error: dial tcp: i/o timeout (code 10001); relay: open relay log file (code 30015)") { RelayStage = "Paused" },
            seen.Sources[2]);
        Assert.Empty(seen.Problems);
    }

    [Fact]
    public async Task Reads_members_alone_without_a_question_to_any_worker()
    {
        await using var master = new ScriptedMaster("m1").Members(Answers.Members);
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveMembersThroughAsync(master.Endpoint, default);

        Assert.Equal(("m1", 2, 3), (seen.Leader, seen.Masters.Count, seen.Workers.Count));
        Assert.Empty(seen.Sources);
        Assert.Empty(seen.Subtasks);
        Assert.Empty(seen.Problems);
        Assert.Equal(["GET /apis/v1alpha1/members?leader=true&master=true&worker=true"], master.Questions.Select(question => question.Line));
    }

    [Fact]
    public async Task Asks_the_paths_that_the_gateway_knows_over_http_1_1_and_nothing_else()
    {
        await using var master = new ScriptedMaster("m1").Well();
        using var cluster = Clusters.Of(master);

        await cluster.ObserveThroughAsync(master.Endpoint, default);

        Assert.Equal(
            [
                "GET /apis/v1alpha1/members?leader=true&master=true&worker=true",
                "GET /apis/v1alpha1/members?leader=true&worker=true",
                "GET /apis/v1alpha1/status/",
                "PUT /apis/v1alpha1/sources",
            ],
            master.Questions.Select(question => question.Line).Order());
        Assert.All(master.Questions, question => Assert.Equal("HTTP/1.1", question.Version));
        Assert.Equal("""{"op":4}""", master.Questions.Single(question => question.Line == ScriptedMaster.SourcesPath).Body);
    }

    [Fact]
    public async Task Takes_the_time_from_the_clock_it_was_given()
    {
        await using var master = new ScriptedMaster("m1").Members(Answers.Members);
        var clock = new FixedClock(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        using var cluster = new DmCluster(new DmClusterSettings { Masters = [master.Endpoint], Limits = Clusters.Limits }, clock);

        Assert.Equal(clock.GetUtcNow(), (await cluster.ObserveMembersThroughAsync(master.Endpoint, default)).TakenAt);
    }

    private static string WithNewFields(string json, int seed)
    {
        var random = new Random(seed);
        var answer = JObject.Parse(json);
        foreach (var part in answer.DescendantsAndSelf().OfType<JObject>().ToList())
        {
            if (random.Next(2) == 0)
            {
                part.AddFirst(new JProperty("newField", random.Next(3) switch { 0 => new JObject { ["msg"] = "no" }, 1 => new JArray(1, "2"), _ => "2026-01-01T00:00:00Z" }));
            }
        }

        return answer.ToString();
    }

    private static string Text(DmSnapshot seen) => JToken.FromObject(seen with { AnsweredBy = "", TakenAt = default }).ToString();

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
