using TiupDmNet.Clusters;
using TiupDmNet.DataMigration;
using TiupDmNet.Rollout.Planning;
using TiupDmNet.Rollout.Survey;
using TiupDmNet.Storage;
using TiupDmNet.TestSupport;
using static TiupDmNet.Rollout.Tests.TestCluster;
using static TiupDmNet.Rollout.Tests.TestNodes;

namespace TiupDmNet.Rollout.Tests.Planning;

public sealed class PlannerTests : IDisposable
{
    private readonly TempDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Followers_come_before_the_leader_wherever_the_topology_has_it()
    {
        var plan = Plan(Snapshot with { Leader = "m1" }, Package with { Component = "dm-master" }, Master("m1"), Master("m2"), Master("m3"));

        Assert.Equal(["m2", "m3", "m1"], plan.Nodes.Select(node => node.Node.Name));
        Assert.Equal(["leads: leadership moves to another dm-master first"], plan.Nodes[^1].Interrupts);
    }

    [Fact]
    public void A_free_worker_comes_first_as_a_canary_that_costs_nothing()
    {
        var plan = Plan(Snapshot, Package, Worker("w1"), Worker("w2"), Worker("w3"));

        Assert.Equal(["w3", "w1", "w2"], plan.Nodes.Select(node => node.Node.Name));
        Assert.Equal(["task-1 on mysql-01 moves to a free worker"], plan.Nodes[1].Interrupts);
    }

    [Fact]
    public void A_worker_that_loads_comes_last()
    {
        var seen = Snapshot with { Subtasks = [Subtask("task-1", "mysql-01", "w1", "Running", "Load"), Subtask("a", "mysql-02", "w2"), Subtask("b", "mysql-02", "w2")] };

        var plan = Plan(seen, Package, Worker("w1"), Worker("w2"), Worker("w3"));

        Assert.Equal(["w3", "w2", "w1"], plan.Nodes.Select(node => node.Node.Name));
        Assert.Contains("task-1 on mysql-01 is in its Load unit on w1; wait until it is in Sync, or say --allow-load-restart", plan.Warnings);
    }

    [Fact]
    public void A_node_that_runs_the_build_already_is_left_alone() =>
        Assert.Equal(NodeAction.None, Single(Facts(Worker("w1", patched: true), NewSha, NewSha)).Action);

    [Fact]
    public void A_node_that_runs_the_build_but_is_not_marked_is_only_marked() =>
        Assert.Equal(NodeAction.MarkOnly, Single(Facts(Worker("w1"), NewSha, NewSha)).Action);

    [Fact]
    public void A_node_whose_files_were_replaced_but_that_runs_the_old_build_is_patched() =>
        Assert.Equal(NodeAction.Patch, Single(Facts(Worker("w1"), NewSha, OldSha)).Action);

    [Fact]
    public void A_node_that_an_interrupted_run_had_in_hand_is_finished_first()
    {
        var plan = new Planner(Request(), Cluster(), Package, new HashSet<string> { "w2:8262" })
            .Plan([Host(Facts(Worker("w1"))), Host(Facts(Worker("w2"), disk: "") with { LastGeneration = "1-bbbb", LastGenerationSha256 = OldSha })], Snapshot);

        Assert.Equal(NodeAction.Finish, plan.Nodes[0].Action);
        Assert.Equal("w2", plan.Nodes[0].Node.Name);
        Assert.Equal(OldSha, plan.Nodes[0].BeforeSha256);
        Assert.Contains("w2:8262 was left in the middle by an interrupted run and comes first", plan.Warnings);
    }

    [Fact]
    public void A_node_that_an_interrupted_run_had_finished_but_not_closed_is_not_restarted_again() => Assert.Equal(
        NodeAction.MarkOnly,
        new Planner(Request(), Cluster(), Package, new HashSet<string> { "w1:8262" }).Plan([Host(Facts(Worker("w1", patched: true), NewSha, NewSha))], Snapshot).Nodes.Single().Action);

    [Fact]
    public void Nothing_is_to_do_when_every_node_has_it()
    {
        var hosts = new[] { Host(Facts(Worker("w1", patched: true), NewSha, NewSha)) };

        Assert.True(new Planner(Request(), Cluster(), Package, new HashSet<string>()).Plan(hosts, Snapshot).IsNothingToDo);
        Assert.False(new Planner(Request() with { Overwrite = true }, Cluster(), Package, new HashSet<string>()).Plan(hosts, Snapshot).IsNothingToDo);
    }

    [Fact]
    public void Overwriting_for_some_nodes_only_is_said_aloud()
    {
        var plan = new Planner(Request() with { Overwrite = true }, Cluster(), Package, new HashSet<string>()).Plan([Host(Facts(Worker("w1")))], Snapshot);

        Assert.Contains("only 1 of 2 dm-worker nodes get this build, but every later scale-out will install it (--overwrite)", plan.Warnings);
    }

    [Fact]
    public void An_unresolved_shard_ddl_lock_is_a_warning()
    {
        var locked = Subtask("task-1", "mysql-01", "w1") with { DdlLock = "task-1-`db`.`t`" };

        Assert.Contains("task-1 on mysql-01 has an unresolved shard DDL lock (task-1-`db`.`t`)", Plan(Snapshot with { Subtasks = [locked] }, Package, Worker("w1")).Warnings);
    }

    private PlannedNode Single(NodeFacts facts) =>
        new Planner(Request(), Cluster(), Package, new HashSet<string>()).Plan([Host(facts)], Snapshot).Nodes.Single();

    private PatchPlan Plan(DmSnapshot seen, Packages.ComponentPackage package, params Clusters.Topology.Node[] nodes) =>
        new Planner(Request(), Cluster(), package, new HashSet<string>()).Plan(nodes.Select(node => Host(Facts(node))).ToList(), seen);

    private static PatchRequest Request() => new() { Cluster = "dm-test", Package = "dm-worker.tar.gz", CommandLine = ["dotnet", "dm-patch", "dm-test", "dm-worker.tar.gz"] };

    private Cluster Cluster()
    {
        var home = TiupHome.Resolve(name => name == "TIUP_HOME" ? _home.Path : null);
        var directory = Directory.CreateDirectory(Path.Combine(home.ClustersDirectory, "dm-test"));
        File.WriteAllText(Path.Combine(directory.FullName, "meta.yaml"), """
            user: tidb
            dm_version: v8.5.0
            topology:
                master_servers:
                    - host: m1
                worker_servers:
                    - host: w1
                    - host: w2
            """);
        return new ClusterStore(home, TimeProvider.System).Open("dm-test");
    }
}
