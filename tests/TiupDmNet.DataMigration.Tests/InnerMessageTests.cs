using TiupDmNet.DataMigration.Tests.Scripted;

namespace TiupDmNet.DataMigration.Tests;

/// <summary>DM says <c>result: true</c> and hides in some part of the answer that this part is missing.</summary>
public sealed class InnerMessageTests
{
    [Theory]
    [InlineData("leader", "[code=11108:class=functional:scope=internal:level=high], Message: fail to get leader ID, RawCause: election: no leader", "the leader part of the member list is missing: fail to get leader ID: election: no leader (code 11108)")]
    [InlineData("master", "etcdserver: request timed out", "the master part of the member list is missing: etcdserver: request timed out")]
    [InlineData("worker", Answers.NotStarted, "the worker part of the member list is missing: the scheduler has not started (code 46001)")]
    public async Task Every_part_of_the_member_list_has_a_message_of_its_own(string part, string message, string problem)
    {
        await using var master = new ScriptedMaster("m1").Members(Answers.Members.Replace($$"""{ "{{part}}": { "msg": "",""", $$"""{ "{{part}}": { "msg": "{{message}}",""", StringComparison.Ordinal));
        using var cluster = Clusters.Of(master);

        Assert.Equal([problem], (await cluster.ObserveMembersThroughAsync(master.Endpoint, default)).Problems);
    }

    [Fact]
    public async Task A_part_that_was_asked_for_and_is_not_there_is_a_problem()
    {
        await using var master = new ScriptedMaster("m1").Members(Reply.Json("""{"result":true,"msg":"","members":[{"leader":{"msg":"","name":"m1","addr":""}},{"master":{"msg":"","masters":[]}}]}"""));
        using var cluster = Clusters.Of(master);

        Assert.Equal(["the member list has no worker part"], (await cluster.ObserveMembersThroughAsync(master.Endpoint, default)).Problems);
    }

    [Theory]
    [InlineData(
        "rpc error: code = Unavailable desc = connection error: desc = \\\"transport: error while dialing: dial tcp 10.0.1.21:8262: connect: connection refused\\\"",
        "w1",
        "source mysql-01 on w1: rpc error: code = Unavailable desc = connection error: desc = \"transport: error while dialing: dial tcp 10.0.1.21:8262: connect: connection refused\"")]
    [InlineData(
        "[code=40070:class=dm-worker:scope=internal:level=high], Message: no mysql source is being handled in the worker, Workaround: Please use list-member.",
        "w1",
        "source mysql-01 on w1: no mysql source is being handled in the worker (code 40070)")]
    [InlineData(
        "[code=38029:class=dm-master:scope=internal:level=high], Message: mysql-01 relevant worker-client not found, Workaround: Please use list-member command to see if the some workers are offline.",
        "",
        "source mysql-01 on w1: mysql-01 relevant worker-client not found (code 38029)")]
    [InlineData("", "w1", "source mysql-01 on w1: DM gives no result and no reason")]
    public async Task A_bound_source_whose_worker_did_not_report_is_a_problem(string message, string worker, string problem)
    {
        await using var master = new ScriptedMaster("m1").Well().Tasks(Report("false", message, worker));
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveThroughAsync(master.Endpoint, default);

        Assert.Contains(problem, seen.Problems);
        Assert.Equal("w1", seen.Sources[0].Worker);
        Assert.Equal(problem["source mysql-01 on w1: ".Length..], seen.Sources[0].Message);
    }

    [Fact]
    public async Task A_message_beside_a_true_result_is_a_problem_too()
    {
        await using var master = new ScriptedMaster("m1").Well().Tasks(Report("true", "fail to get relay status", "w1"));
        using var cluster = Clusters.Of(master);

        Assert.Contains("source mysql-01 on w1: fail to get relay status", (await cluster.ObserveThroughAsync(master.Endpoint, default)).Problems);
    }

    [Fact]
    public async Task A_bound_source_that_has_no_status_at_all_is_a_problem()
    {
        await using var master = new ScriptedMaster("m1").Well().Tasks("""{"result":true,"msg":"","sources":[]}""");
        using var cluster = Clusters.Of(master);

        Assert.Equal(
            ["source mysql-01 on w1: its status is missing", "source mysql-03 on w3: its status is missing"],
            (await cluster.ObserveThroughAsync(master.Endpoint, default)).Problems);
    }

    [Fact]
    public async Task A_source_that_its_worker_does_not_report_in_time_is_a_problem()
    {
        const string Unreported = """{ "result": false, "msg": "source mysql-03 is not reported by worker w3", "source": "mysql-03", "worker": "w3" }""";
        await using var master = new ScriptedMaster("m1").Well().Sources(Answers.Sources.Replace("""{ "result": true, "msg": "", "source": "mysql-03", "worker": "w3" }""", Unreported, StringComparison.Ordinal));
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveThroughAsync(master.Endpoint, default);

        Assert.Equal(["source mysql-03 on w3: source mysql-03 is not reported by worker w3"], seen.Problems);
        Assert.Equal(new SourceBinding("mysql-03", "w3", "source mysql-03 is not reported by worker w3"), seen.Sources[2]);
    }

    [Fact]
    public async Task An_entry_that_names_no_source_is_a_problem_and_no_source()
    {
        const string Stray = """{"result":false,"msg":"lost","sourceStatus":null,"subTaskStatus":[{"name":"t"}]}""";
        await using var master = new ScriptedMaster("m1").Well()
            .Tasks(Answers.Tasks.Replace("\"sources\": [", $"\"sources\": [ {Stray},", StringComparison.Ordinal));
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveThroughAsync(master.Endpoint, default);

        Assert.Equal(["an entry of the task status names no source: lost"], seen.Problems);
        Assert.Equal((3, 3), (seen.Sources.Count, seen.Subtasks.Count));
    }

    [Fact]
    public async Task A_worker_that_only_pulls_the_relay_log_does_not_speak_for_the_source()
    {
        const string RelayOnly = """{ "result": true, "msg": "no sub task started", "sourceStatus": { "source": "mysql-03", "worker": "w3", "result": null, "relayStatus": null }, "subTaskStatus": [] },""";
        await using var master = new ScriptedMaster("m1").Well().Tasks(Answers.Tasks.Replace("\"sources\": [", $"\"sources\": [ {RelayOnly}", StringComparison.Ordinal));
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveThroughAsync(master.Endpoint, default);

        Assert.Equal(3, seen.Sources.Count);
        Assert.Empty(seen.Problems);
    }

    private static string Report(string result, string message, string worker) =>
        $$"""
        {"result":true,"msg":"","sources":[{"result":{{result}},"msg":"{{message}}","sourceStatus":{"source":"mysql-01","worker":"{{worker}}","result":null,"relayStatus":null},"subTaskStatus":[]}]}
        """;
}
