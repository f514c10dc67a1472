using TiupDmNet.DataMigration.Tests.Scripted;

namespace TiupDmNet.DataMigration.Tests;

public sealed class ConsistencyTests
{
    private static readonly string LedByM2 = Answers.Members.Replace("\"name\": \"m1\", \"addr\"", "\"name\": \"m2\", \"addr\"", StringComparison.Ordinal);

    private static readonly string Moved = Answers.Members
        .Replace("\"stage\": \"bound\", \"source\": \"mysql-01\"", "\"stage\": \"offline\", \"source\": \"\"", StringComparison.Ordinal)
        .Replace("\"stage\": \"free\", \"source\": \"\"", "\"stage\": \"bound\", \"source\": \"mysql-01\"", StringComparison.Ordinal);

    [Fact]
    public async Task Reads_again_when_the_leader_changed_in_between()
    {
        await using var master = new ScriptedMaster("m1").Well().Members(Answers.Members, LedByM2, LedByM2);
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveThroughAsync(master.Endpoint, default);

        Assert.Equal("m2", seen.Leader);
        Assert.Empty(seen.Problems);
        Assert.Equal(2, master.Count(ScriptedMaster.TasksPath));
    }

    [Fact]
    public async Task Reads_again_when_a_source_moved_in_between()
    {
        await using var master = new ScriptedMaster("m1").Well().Members(Moved, Answers.Members);
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveThroughAsync(master.Endpoint, default);

        Assert.Equal("w1", seen.Sources[0].Worker);
        Assert.Empty(seen.Problems);
    }

    [Fact]
    public async Task Says_so_when_the_leader_keeps_changing()
    {
        await using var master = new ScriptedMaster("m1").Well().Members(Answers.Members, LedByM2, Answers.Members, LedByM2, Answers.Members, LedByM2);
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveThroughAsync(master.Endpoint, default);

        Assert.Equal(["the leader changed from m1 to m2 while the cluster was being read"], seen.Problems);
    }

    [Fact]
    public async Task Says_so_when_the_lists_contradict_each_other()
    {
        await using var master = new ScriptedMaster("m1").Well().Members(Moved);
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveThroughAsync(master.Endpoint, default);

        Assert.Equal(["source mysql-01 was on w1 in one list and on w2 in another"], seen.Problems);
    }

    [Fact]
    public async Task Says_so_when_a_task_is_reported_by_a_worker_that_its_source_is_not_bound_to()
    {
        await using var master = new ScriptedMaster("m1").Well().Tasks(Answers.Tasks.Replace("\"worker\": \"w3\"", "\"worker\": \"w2\"", StringComparison.Ordinal));
        using var cluster = Clusters.Of(master);

        var seen = await cluster.ObserveThroughAsync(master.Endpoint, default);

        Assert.Equal(["source mysql-03 was on w2 in one list and on w3 in another"], seen.Problems);
    }

    [Fact]
    public async Task Says_so_when_nobody_leads()
    {
        await using var master = new ScriptedMaster("m1").Well().Members(Answers.Members.Replace("\"name\": \"m1\", \"addr\"", "\"name\": \"\", \"addr\"", StringComparison.Ordinal));
        using var cluster = Clusters.Of(master);

        Assert.Equal(["no dm-master leads"], (await cluster.ObserveThroughAsync(master.Endpoint, default)).Problems);
    }
}
