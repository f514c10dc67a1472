using System.Diagnostics;
using TiupDmNet.DataMigration.Tests.Scripted;

namespace TiupDmNet.DataMigration.Tests;

public sealed class DisplayStatusTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Speaks_TiUPs_words()
    {
        await using var leader = new ScriptedMaster("m1").Members(Answers.Members);
        await using var deaf = new ScriptedMaster("m2").Members(Answers.Members);
        await using var stranger = new ScriptedMaster("m9").Members(Answers.Members);
        using var cluster = Clusters.Of(leader, deaf, stranger);

        var status = await cluster.GetDisplayStatusAsync(Limit, default);

        Assert.Equal(new NodeStatus("Healthy|L", ""), status.Master("m1"));
        Assert.Equal(new NodeStatus("Unhealthy", "its client port does not answer the other masters"), status.Master("m2"));
        Assert.Equal(new NodeStatus("N/A", "it is no member of the cluster"), status.Master("m9"));
        Assert.Equal(new NodeStatus("Bound", "") { Source = "mysql-01" }, status.Worker("w1"));
        Assert.Equal(new NodeStatus("Free", ""), status.Worker("w2"));
        Assert.Equal(new NodeStatus("N/A", "it is not registered"), status.Worker("w9"));
    }

    [Theory]
    [InlineData("offline", "Offline")]
    [InlineData("relay", "Relay")]
    [InlineData("resting", "Resting")]
    [InlineData("", "N/A")]
    public async Task A_workers_stage_is_shown_with_a_capital(string stage, string shown)
    {
        await using var master = new ScriptedMaster("m1").Members(Answers.Members.Replace("\"free\"", $"\"{stage}\"", StringComparison.Ordinal));
        using var cluster = Clusters.Of(master);

        Assert.Equal(shown, (await cluster.GetDisplayStatusAsync(Limit, default)).Worker("w2").Text);
    }

    [Fact]
    public async Task A_follower_is_healthy_and_asks_only_about_itself()
    {
        await using var follower = new ScriptedMaster("m1").Members(Answers.Members.Replace("\"name\": \"m1\", \"addr\"", "\"name\": \"m3\", \"addr\"", StringComparison.Ordinal));
        using var cluster = Clusters.Of(follower);

        Assert.Equal(new NodeStatus("Healthy", ""), (await cluster.GetDisplayStatusAsync(Limit, default)).Master("m1"));
        Assert.Equal(
            ["GET /apis/v1alpha1/members?leader=true&master=true&names=m1", "GET /apis/v1alpha1/members?worker=true"],
            follower.Questions.Select(question => question.Line).Order());
    }

    [Fact]
    public async Task A_name_with_a_colon_goes_into_the_query_escaped()
    {
        await using var master = new ScriptedMaster("10.0.1.11:8261&x").Members(Answers.Members);
        using var cluster = Clusters.Of(master);

        await cluster.GetDisplayStatusAsync(Limit, default);

        Assert.Contains("GET /apis/v1alpha1/members?leader=true&master=true&names=10.0.1.11%3A8261%26x", master.Questions.Select(question => question.Line));
    }

    [Fact]
    public async Task Is_done_at_its_limit_when_a_master_hangs_and_says_why_each_is_down()
    {
        await using var hanging = new ScriptedMaster("m1").Members(Reply.Hang);
        await using var leaderless = new ScriptedMaster("m2").Members(Reply.Gateway(500, 2, Answers.NoLeader));
        await using var well = new ScriptedMaster("m3").Members(Answers.Members.Replace("m1", "m3", StringComparison.Ordinal));
        using var cluster = Clusters.With(Clusters.Limits, hanging, leaderless, well);
        var clock = Stopwatch.StartNew();

        var status = await cluster.GetDisplayStatusAsync(TimeSpan.FromSeconds(2), default);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"it took {clock.Elapsed}");
        Assert.Equal(new NodeStatus("Down", $"{hanging.Title} did not answer GET /apis/v1alpha1/members?leader=true&master=true&names=m1 within 2 s"), status.Master("m1"));
        Assert.Equal(
            new NodeStatus("Down", $"{leaderless.Title} answers GET /apis/v1alpha1/members?leader=true&master=true&names=m2 with HTTP 500: master is not leader, and can't forward request to leader (code 38043)"),
            status.Master("m2"));
        Assert.Equal("Healthy|L", status.Master("m3").Text);
        Assert.Equal("Bound", status.Worker("w1").Text);
    }

    [Fact]
    public async Task Workers_are_not_available_when_no_master_is()
    {
        await using var master = new ScriptedMaster("m1").Members(Reply.Reset);
        using var cluster = Clusters.Of(master);

        var status = await cluster.GetDisplayStatusAsync(Limit, default);

        Assert.Equal("Down", status.Master("m1").Text);
        Assert.Equal(new NodeStatus("N/A", $"{master.Title} closed the connection without a whole answer"), status.Worker("w1"));
    }

    [Fact]
    public async Task Workers_are_down_in_TiUPs_words_when_a_healthy_master_does_not_list_them()
    {
        await using var master = new ScriptedMaster("m1");
        master.On(ScriptedMaster.MembersPath, question => Task.FromResult(
            question.Line.Contains("worker=true", StringComparison.Ordinal) ? Reply.Gateway(503, 14, "connection refused") : Reply.Json(Answers.Members)));
        using var cluster = Clusters.Of(master);

        var status = await cluster.GetDisplayStatusAsync(Limit, default);

        Assert.Equal("Healthy|L", status.Master("m1").Text);
        Assert.Equal(new NodeStatus("Down", $"{master.Title} answers GET /apis/v1alpha1/members?worker=true with HTTP 503: connection refused"), status.Worker("w1"));
    }

    [Fact]
    public async Task A_leader_that_does_not_list_workers_yet_says_so()
    {
        await using var master = new ScriptedMaster("m1").Members($$$"""
            {"result":true,"msg":"","members":[{"leader":{"msg":"","name":"m1","addr":""}},{"master":{"msg":"","masters":[{"name":"m1","alive":true}]}},{"worker":{"msg":"{{{Answers.NotStarted}}}","workers":[]}}]}
            """);
        using var cluster = Clusters.Of(master);

        Assert.Equal(
            new NodeStatus("N/A", "the worker part of the member list is missing: the scheduler has not started (code 46001)"),
            (await cluster.GetDisplayStatusAsync(Limit, default)).Worker("w1"));
    }
}
