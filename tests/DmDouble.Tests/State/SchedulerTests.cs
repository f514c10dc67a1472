using DmDouble.State;

namespace DmDouble.Tests.State;

public class SchedulerTests
{
    [Fact]
    public void A_worker_that_is_gone_loses_its_source_first() =>
        Assert.Equal(new Unbind("w1"), Scheduler.Next(Cluster.With(Cluster.Worker("w1", alive: false, bound: "s1"), Cluster.Worker("w2")).And("s1")));

    [Fact]
    public void An_unbound_source_goes_to_a_free_worker() =>
        Assert.Equal(new Bind("w2", "s1"), Scheduler.Next(Cluster.With(Cluster.Worker("w1", alive: false), Cluster.Worker("w2")).And("s1")));

    [Fact]
    public void The_worker_that_had_it_last_is_preferred() =>
        Assert.Equal(new Bind("w3", "s1"), Scheduler.Next(Cluster.With(Cluster.Worker("w2"), Cluster.Worker("w3", last: "s1")).And("s1")));

    [Fact]
    public void A_worker_that_comes_back_gets_its_last_source_and_not_the_first_one() =>
        Assert.Equal(new Bind("w1", "s2"), Scheduler.Next(Cluster.With(Cluster.Worker("w1", last: "s2")).And("s1").And("s2")));

    [Fact]
    public void The_worker_with_the_dump_files_comes_before_the_one_that_had_it_last()
    {
        var loading = new TaskEntry("t", "Running", "Load", "w1");

        Assert.Equal(new Bind("w1", "s1"), Scheduler.Next(Cluster.With(Cluster.Worker("w1"), Cluster.Worker("w2", last: "s1")).And("s1", loading)));
    }

    [Fact]
    public void Nothing_moves_while_everything_is_in_place() =>
        Assert.Null(Scheduler.Next(Cluster.With(Cluster.Worker("w1", bound: "s1"), Cluster.Worker("w2")).And("s1")));

    [Fact]
    public void A_source_waits_when_nobody_is_free() =>
        Assert.Null(Scheduler.Next(Cluster.With(Cluster.Worker("w1", bound: "s1"), Cluster.Worker("w2", alive: false)).And("s1").And("s2")));
}
