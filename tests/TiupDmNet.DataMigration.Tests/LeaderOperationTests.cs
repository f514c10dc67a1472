using TiupDmNet.DataMigration.Tests.Scripted;

namespace TiupDmNet.DataMigration.Tests;

public sealed class LeaderOperationTests
{
    private const string Done = """{ "result": true, "msg": "" }""";

    [Fact]
    public async Task Evicts_at_the_masters_own_address()
    {
        await using var other = new ScriptedMaster("m1");
        await using var leader = new ScriptedMaster("m2");
        leader.On("PUT /apis/v1alpha1/leader/1", Reply.Json(Done));
        using var cluster = Clusters.Of(other, leader);

        await cluster.EvictLeaderAsync(leader.Endpoint, default);

        Assert.Equal(["PUT /apis/v1alpha1/leader/1"], leader.Questions.Select(question => question.Line));
        Assert.Empty(other.Questions);
    }

    [Fact]
    public async Task Cancels_an_eviction_at_the_masters_own_address()
    {
        await using var leader = new ScriptedMaster("m2");
        leader.On("PUT /apis/v1alpha1/leader/2", Reply.Json(Done));
        using var cluster = Clusters.Of(leader);

        await cluster.CancelEvictAsync(leader.Endpoint, default);

        Assert.Equal(["PUT /apis/v1alpha1/leader/2"], leader.Questions.Select(question => question.Line));
    }

    [Fact]
    public async Task A_master_that_says_no_is_a_refusal()
    {
        await using var leader = new ScriptedMaster("m1");
        leader.On("PUT /apis/v1alpha1/leader/1", Reply.Json("""{"result":false,"msg":"operate InvalidLeaderOp is not supported"}"""));
        using var cluster = Clusters.Of(leader);

        var failure = await Clusters.FailureOf(cluster.EvictLeaderAsync(leader.Endpoint, default));

        Assert.Equal(DmFailure.Refused, failure.Failure);
        Assert.Equal($"{leader.Title} says no to PUT /apis/v1alpha1/leader/1: operate InvalidLeaderOp is not supported", failure.Message);
    }
}
