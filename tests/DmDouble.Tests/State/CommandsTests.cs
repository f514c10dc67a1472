using DmDouble.State;

namespace DmDouble.Tests.State;

public class CommandsTests
{
    [Fact]
    public void The_oldest_entry_leads_and_who_enters_again_goes_to_the_end()
    {
        var state = new ClusterState();
        foreach (var name in (string[])["a", "b"])
        {
            state = new Enter(name, name, name + ":8261").Apply(new GrantLease(new Lease(name, 1000)).Apply(state));
        }

        Assert.Equal("a", state.Leader()!.Name);
        Assert.Equal("b", new Enter("a", "a", "a:8261").Apply(state).Leader()!.Name);
        Assert.Equal("b", new Withdraw("a").Apply(state).Leader()!.Name);
        Assert.Null(new RevokeLease("b").Apply(new RevokeLease("a").Apply(state)).Leader());
    }

    [Fact]
    public void A_lease_takes_the_keepalive_of_its_worker_with_it_but_not_that_of_a_new_lease()
    {
        var state = Cluster.With(Cluster.Worker("w1"));
        state = new KeepAlive("w1", "new").Apply(new GrantLease(new Lease("new", 1000)).Apply(state));

        Assert.True(new RevokeLease("lease-w1").Apply(state).Workers["w1"].IsAlive);
        Assert.Equal("offline", new RevokeLease("new").Apply(state).Workers["w1"].Stage);
    }

    [Fact]
    public void A_name_belongs_to_one_address()
    {
        var state = new RegisterWorker("w1", "h:1").Apply(new ClusterState());

        Assert.Same(state, new RegisterWorker("w1", "h:1").Apply(state));
        Refused(state, new RegisterWorker("w1", "h:2"), "[code=46003:class=scheduler:scope=internal:level=medium], Message: dm-worker with name w1 and address h:1 already exists");
    }

    [Fact]
    public void Only_a_worker_that_is_there_and_offline_can_be_removed()
    {
        var state = Cluster.With(Cluster.Worker("w1"), Cluster.Worker("w2", alive: false));

        Assert.Equal(["w1"], new RemoveWorker("w2").Apply(state).Workers.Keys);
        Refused(state, new RemoveWorker("w1"), "[code=46005:class=scheduler:scope=internal:level=medium], Message: dm-worker with name w1 is still online, Workaround: Please shut it down first.");
        Refused(state, new RemoveWorker("w3"), "[code=46004:class=scheduler:scope=internal:level=medium], Message: dm-worker with name w3 not exists");
    }

    [Fact]
    public void A_source_is_never_bound_twice()
    {
        var state = Cluster.With(Cluster.Worker("w1", bound: "s1"), Cluster.Worker("w2"), Cluster.Worker("w3", alive: false)).And("s1").And("s2");

        Assert.Equal("s2", new Bind("w2", "s2").Apply(state).Workers["w2"].Bound);
        _ = Assert.Throws<RefusedException>(() => new Bind("w2", "s1").Apply(state));
        _ = Assert.Throws<RefusedException>(() => new Bind("w1", "s2").Apply(state));
        _ = Assert.Throws<RefusedException>(() => new Bind("w3", "s2").Apply(state));
    }

    [Fact]
    public void A_checkpoint_never_goes_back()
    {
        var state = Cluster.With().And("s1", new TaskEntry("t", "Running", "Sync", Position: 100));

        Assert.Equal(200, new Checkpoint("s1", "t", 200).Apply(state).Sources["s1"].Tasks["t"].Position);
        Assert.Same(state, new Checkpoint("s1", "t", 50).Apply(state));
    }

    private static void Refused(ClusterState state, Command command, string message) =>
        Assert.Equal(message, Assert.Throws<RefusedException>(() => command.Apply(state)).Message);
}
