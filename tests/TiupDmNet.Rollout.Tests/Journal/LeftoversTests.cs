using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Journal;

namespace TiupDmNet.Rollout.Tests.Journal;

public class LeftoversTests
{
    [Fact]
    public void A_finished_node_leaves_nothing() =>
        Assert.Empty(After(new NodeStopping(), new NodeStopped(TimeSpan.Zero), new NodePatched()).InHand);

    [Fact]
    public void A_restored_node_leaves_nothing() =>
        Assert.Empty(After(new NodeStopping(), new NodeFailed("x"), new NodeRestored()).InHand);

    [Fact]
    public void A_node_whose_turn_had_begun_but_that_was_not_stopped_is_as_it_was() =>
        Assert.Empty(After(new NodeBegun(1, 1, "patching")).InHand);

    [Fact]
    public void A_node_that_was_being_stopped_is_in_hand() => Assert.Equal(["n"], After(new NodeStopping()).InHand);

    [Fact]
    public void A_broken_node_stays_in_hand() => Assert.Equal(["n"], After(new NodeStopping(), new NodeFailed("x"), new NodeBroken("y")).InHand);

    [Fact]
    public void A_barred_leader_is_remembered_until_the_bar_is_lifted_or_it_stopped()
    {
        Assert.Equal(["n"], After(new LeaderEvicted()).Evicted);
        Assert.Empty(After(new LeaderEvicted(), new EvictionUndone()).Evicted);
        Assert.Empty(After(new LeaderEvicted(), new NodeStopping(), new NodeStopped(TimeSpan.Zero)).Evicted);
    }

    [Fact]
    public void What_a_run_took_over_from_the_one_before_is_not_forgotten() =>
        Assert.Equal(["n"], Leftovers.Read(["""{"schema":1,"event":"runBegun","inHand":["n"]}"""]).InHand);

    [Fact]
    public void A_torn_last_line_is_ignored() =>
        Assert.Equal(["n"], Leftovers.Read([EventJson.Write(new NodeStopping { NodeId = "n" }).ToString(Newtonsoft.Json.Formatting.None), "{\"time\":\"2026"]).InHand);

    private static Leftovers After(params RolloutEvent[] events) =>
        Leftovers.Read(events.Select(happened => EventJson.Write(happened with { NodeId = "n" }).ToString(Newtonsoft.Json.Formatting.None)));
}
