using TiupDmNet.DataMigration.Tests.Scripted;

namespace TiupDmNet.DataMigration.Tests;

public sealed class RaceTests
{
    private static readonly string HalfMembers = Answers.Members.Replace(
        """{ "worker": { "msg": "", "workers": [""",
        $$"""{ "worker": { "msg": "{{Answers.NotStarted}}", "workers": [""",
        StringComparison.Ordinal);

    [Fact]
    public async Task A_master_that_hangs_does_not_delay_the_answer_and_its_request_is_given_up()
    {
        await using var hanging = new ScriptedMaster("m1").Members(Reply.Hang);
        await using var well = new ScriptedMaster("m2").Well();
        var asked = Arrival(hanging);
        On(well, asked);
        using var cluster = Clusters.Of(hanging, well);

        var seen = await cluster.ObserveAsync(default);

        Assert.Equal(well.Address, seen.AnsweredBy);
        await UntilAsync(() => hanging.Abandoned == 1);
    }

    [Fact]
    public async Task Masters_that_are_down_or_without_a_leader_do_not_matter_while_one_is_well()
    {
        await using var leaderless = new ScriptedMaster("m1").Members(Reply.Gateway(500, 2, Answers.NoLeader));
        await using var resetting = new ScriptedMaster("m2").Members(Reply.Reset);
        await using var well = new ScriptedMaster("m3").Well();
        using var cluster = Clusters.Of(leaderless, resetting, well);

        Assert.Equal(well.Address, (await cluster.ObserveAsync(default)).AnsweredBy);
    }

    [Fact]
    public async Task A_whole_picture_wins_over_a_partial_one_that_was_first()
    {
        await using var partial = new ScriptedMaster("m1").Well().Members(HalfMembers);
        await using var well = new ScriptedMaster("m2").Well();
        On(well, Arrival(partial, ScriptedMaster.TasksPath));
        using var cluster = Clusters.With(Clusters.Limits with { Grace = TimeSpan.FromSeconds(20) }, partial, well);

        var seen = await cluster.ObserveAsync(default);

        Assert.Equal(well.Address, seen.AnsweredBy);
        Assert.Empty(seen.Problems);
    }

    [Fact]
    public async Task A_partial_picture_is_taken_after_the_grace_when_no_whole_one_comes()
    {
        await using var partial = new ScriptedMaster("m1").Well().Members(HalfMembers);
        await using var hanging = new ScriptedMaster("m2").Members(Reply.Hang);
        using var cluster = Clusters.Of(partial, hanging);

        var seen = await cluster.ObserveAsync(default);

        Assert.Equal(partial.Address, seen.AnsweredBy);
        Assert.Equal(["the worker part of the member list is missing: the scheduler has not started (code 46001)"], seen.Problems);
    }

    [Fact]
    public async Task Of_partial_pictures_the_one_with_fewer_problems_is_taken()
    {
        await using var worse = new ScriptedMaster("m1").Well().Members(HalfMembers.Replace("""{ "leader": { "msg": "" """.TrimEnd(), """{ "leader": { "msg": "x" """.TrimEnd(), StringComparison.Ordinal));
        await using var better = new ScriptedMaster("m2").Well().Members(HalfMembers);
        using var cluster = Clusters.With(Clusters.Limits with { Grace = TimeSpan.FromSeconds(20) }, worse, better);

        Assert.Equal(better.Address, (await cluster.ObserveAsync(default)).AnsweredBy);
    }

    [Fact]
    public async Task Workers_are_asked_through_one_master_only_while_it_answers()
    {
        await using var one = new ScriptedMaster("m1").Well();
        await using var two = new ScriptedMaster("m2").Well();
        await using var three = new ScriptedMaster("m3").Well();
        using var cluster = Clusters.Of(one, two, three);

        await cluster.ObserveAsync(default);

        ScriptedMaster[] masters = [one, two, three];
        Assert.Equal(1, masters.Sum(master => master.Count(ScriptedMaster.TasksPath)));
        Assert.Equal(1, masters.Sum(master => master.Count(ScriptedMaster.SourcesPath)));
    }

    [Fact]
    public async Task Another_master_is_asked_for_tasks_when_the_first_takes_too_long()
    {
        await using var stuck = new ScriptedMaster("m1").Well().Tasks(Reply.Hang);
        await using var well = new ScriptedMaster("m2").Well();
        On(well, Arrival(stuck, ScriptedMaster.TasksPath));
        using var cluster = Clusters.With(Clusters.Limits with { Patience = TimeSpan.FromMilliseconds(50) }, stuck, well);

        Assert.Equal(well.Address, (await cluster.ObserveAsync(default)).AnsweredBy);
    }

    [Fact]
    public async Task Another_master_is_asked_for_tasks_at_once_when_the_first_fails()
    {
        await using var failing = new ScriptedMaster("m1").Well().Tasks(Reply.Gateway(503, 14, "connection refused"));
        await using var well = new ScriptedMaster("m2").Well();
        On(well, Arrival(failing, ScriptedMaster.TasksPath));
        using var cluster = Clusters.Of(failing, well);

        Assert.Equal(well.Address, (await cluster.ObserveAsync(default)).AnsweredBy);
    }

    [Fact]
    public async Task When_all_fail_the_message_says_what_each_of_them_said()
    {
        await using var leaderless = new ScriptedMaster("m1").Members(Reply.Gateway(500, 2, Answers.NoLeader));
        await using var resetting = new ScriptedMaster("m2").Members(Reply.Reset);
        using var cluster = Clusters.Of(leaderless, resetting);

        var failure = await Clusters.FailureOf(cluster.ObserveAsync(default));

        Assert.Equal(DmFailure.NoLeader, failure.Failure);
        Assert.Equal(38043, failure.Code);
        Assert.Equal(
            $"no dm-master gave a usable answer: {leaderless.Title} answers GET /apis/v1alpha1/members?leader=true&master=true&worker=true with HTTP 500: master is not leader, and can't forward request to leader (code 38043); {resetting.Title} closed the connection without a whole answer",
            failure.Message);
    }

    [Fact]
    public async Task All_down_is_unreachable()
    {
        await using var one = new ScriptedMaster("m1").Members(Reply.Reset);
        await using var two = new ScriptedMaster("m2").Members(Reply.Reset);
        using var cluster = Clusters.Of(one, two);

        Assert.Equal(DmFailure.Unreachable, (await Clusters.FailureOf(cluster.ObserveAsync(default))).Failure);
    }

    [Fact]
    public async Task What_is_wrong_on_this_side_is_said_once()
    {
        await using var one = new ScriptedMaster("m1");
        await using var two = new ScriptedMaster("m2");
        using var cluster = new DmCluster(
            new DmClusterSettings { Masters = [one.Endpoint, two.Endpoint], Tls = new TlsFiles("/none/ca.crt", "/none/client.crt", "/none/client.pem") },
            TimeProvider.System);

        Assert.Equal("cannot read the cluster's CA certificate /none/ca.crt: there is no such file", (await Clusters.FailureOf(cluster.ObserveAsync(default))).Message);
    }

    [Fact]
    public async Task A_cluster_without_masters_cannot_be_asked()
    {
        using var cluster = Clusters.Of();

        Assert.Equal("the cluster has no dm-master to ask", (await Clusters.FailureOf(cluster.ObserveAsync(default))).Message);
    }

    [Fact]
    public async Task Ends_when_it_is_cancelled()
    {
        await using var hanging = new ScriptedMaster("m1").Members(Reply.Hang);
        using var cluster = Clusters.Of(hanging);
        using var stop = new CancellationTokenSource();
        var arrived = Arrival(hanging);
        var observing = cluster.ObserveAsync(stop.Token);
        await arrived;

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => observing);
        await UntilAsync(() => hanging.Abandoned == 1);
    }

    /// <summary>Ends when a request for this path has come.</summary>
    private static Task Arrival(ScriptedMaster master, string path = ScriptedMaster.MembersPath) =>
        UntilAsync(() => master.Questions.Any(question => question.Line.StartsWith(path, StringComparison.Ordinal)));

    /// <summary>Answers the member list only after something has happened.</summary>
    private static void On(ScriptedMaster master, Task happened) => master.Members(happened, Answers.Members);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(5, limit.Token);
        }
    }
}
