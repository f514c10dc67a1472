using TiupDmNet.DataMigration;
using TiupDmNet.Rollout.Gates;
using static TiupDmNet.Rollout.Tests.TestCluster;

namespace TiupDmNet.Rollout.Tests.Gates;

public class ClusterGatesTests
{
    [Fact]
    public void All_gates_are_open_for_a_healthy_cluster() =>
        Assert.All(ClusterGates.Check(Observation, Rules), finding => Assert.True(finding.Passed, finding.Finding));

    [Fact]
    public void P1_is_closed_by_a_master_that_does_not_answer() =>
        Closed("P1", Spoil(view => view with { Status = null, Members = null, Problem = "10.0.0.1:8261: connection refused" }, "m2"), "10.0.0.1:8261: connection refused");

    [Fact]
    public void P1_is_closed_by_a_master_without_quorum() =>
        Closed("P1", Spoil(view => view with { Status = new ProcessStatus("", false, "RAFT NO LEADER") }, "m3"), "m3 is not healthy: RAFT NO LEADER");

    [Fact]
    public void P2_is_closed_while_masters_disagree_about_the_leader() =>
        Closed("P2", Spoil(view => view with { Members = Snapshot with { Leader = "m2" } }, "m3"), "the masters do not agree who leads: m1, m2");

    [Fact]
    public void P2_is_closed_while_a_master_knows_no_leader() =>
        Closed("P2", Spoil(view => view with { Members = Snapshot with { Leader = "" } }, "m3"), "m3 knows no leader");

    [Fact]
    public void P2_is_closed_by_an_inner_message() =>
        Closed("P2", Spoil(view => view with { Members = Snapshot with { Problems = ["worker: the scheduler has not started"] } }, "m1"), "m1 says: worker: the scheduler has not started");

    [Fact]
    public void P2_is_closed_by_a_member_that_the_topology_does_not_have() =>
        Closed("P2", Observation, "m3 is a member of the cluster but not in the topology", Rules with { Masters = ["m1", "m2"] });

    [Fact]
    public void P2_is_closed_by_a_master_that_has_not_joined() =>
        Closed("P2", Observation, "m4 of the topology is no member of the cluster", Rules with { Masters = ["m1", "m2", "m3", "m4"] });

    [Fact]
    public void P3_is_closed_by_a_dead_member() =>
        Closed("P3", Observe(Snapshot with { Masters = [new MasterMember("m1", "1", true, []), new MasterMember("m2", "2", false, []), new MasterMember("m3", "3", true, [])] }), "m2 is not alive");

    [Theory]
    [InlineData(1, "with 1 dm-master there is no control plane while one restarts; say --accept-control-plane-outage if that is all right")]
    [InlineData(2, "with 2 dm-masters there is no control plane while one restarts; say --accept-control-plane-outage if that is all right")]
    public void P3_is_closed_where_no_master_can_be_stopped_safely(int masters, string reason)
    {
        var names = Masters.Take(masters).ToArray();
        var seen = Observe(Snapshot with { Masters = Snapshot.Masters.Take(masters).ToList() });
        var rules = Rules with { Masters = names, StopsMaster = true };

        Closed("P3", seen, reason, rules);
        Assert.True(ClusterGates.Check(seen, rules with { AcceptControlPlaneOutage = true }).Gate("P3").Passed);
        Assert.True(ClusterGates.Check(seen, rules with { StopsMaster = false }).Gate("P3").Passed);
    }

    [Fact]
    public void P5_is_closed_by_an_offline_worker() =>
        Closed("P5", Observe(Snapshot with { Workers = [.. Snapshot.Workers.Take(2), new WorkerMember("w3", "10.0.1.3:8262", WorkerStage.Offline, "", "offline")] }), "w3 is offline");

    [Fact]
    public void P5_is_closed_by_a_worker_that_never_registered() =>
        Closed("P5", Observation, "w4 is not registered", Rules with { Workers = ["w1", "w2", "w3", "w4"] });

    [Fact]
    public void P6_is_closed_by_an_unbound_source() =>
        Closed("P6", Observe(Snapshot with { Sources = [new SourceBinding("mysql-01", "", "no free worker")] }), "mysql-01 is bound to no worker (no free worker)");

    [Fact]
    public void P6_is_closed_by_a_source_on_two_workers()
    {
        var both = Snapshot.Workers.Take(1).Append(new WorkerMember("w2", "10.0.1.2:8262", WorkerStage.Bound, "mysql-01", "bound")).Append(Snapshot.Workers[2]).ToList();
        Closed("P6", Observe(Snapshot with { Workers = both }), "mysql-01 is bound to more than one worker: w1, w2");
    }

    [Fact]
    public void P7_is_closed_by_a_task_paused_by_an_error() =>
        Closed("P7", Observe(Snapshot with { Subtasks = [Subtask("task-1", "mysql-01", "w1", "Paused", "Sync", "connection refused")] }), "task-1 on mysql-01 is Paused: connection refused");

    [Fact]
    public void P7_is_open_for_a_task_that_the_user_paused() =>
        Assert.True(ClusterGates.Check(Observe(Snapshot with { Subtasks = [Subtask("task-1", "mysql-01", "w1", "Paused")] }), Rules).Gate("P7").Passed);

    [Theory]
    [InlineData("New")]
    [InlineData("Pausing")]
    [InlineData("Resuming")]
    [InlineData("Stopping")]
    public void P7_is_closed_while_a_task_changes_its_stage(string stage) =>
        Closed("P7", Observe(Snapshot with { Subtasks = [Subtask("task-1", "mysql-01", "w1", stage)] }), $"task-1 on mysql-01 is {stage}");

    [Fact]
    public void A_member_that_an_interrupted_run_had_in_hand_may_be_down_and_no_other()
    {
        var seen = Spoil(view => view with { Status = null, Members = null, Problem = "refused" }, "m2");
        seen = seen with { Whole = Snapshot with { Masters = [new MasterMember("m1", "1", true, []), new MasterMember("m2", "2", false, []), new MasterMember("m3", "3", true, [])] } };

        Assert.All(ClusterGates.Check(seen, Rules with { InHand = new HashSet<string> { "m2" } }), finding => Assert.True(finding.Passed, finding.Finding));
        Assert.False(ClusterGates.Check(seen, Rules with { InHand = new HashSet<string> { "m3" } }).Gate("P1").Passed);
    }

    [Fact]
    public void A_source_without_a_place_is_no_obstacle_to_bringing_its_worker_back()
    {
        var seen = Observe(Snapshot with
        {
            Workers = [new WorkerMember("w1", "10.0.1.1:8262", WorkerStage.Offline, "", "offline"), .. Snapshot.Workers.Skip(1)],
            Sources = [new SourceBinding("mysql-01", "", "no free worker"), Snapshot.Sources[1]],
            Subtasks = [Subtask("task-1", "mysql-01", "", "InvalidStage", "InvalidUnit"), Snapshot.Subtasks[1]],
            Problems = ["can't find task=task-1"],
        });

        Assert.All(ClusterGates.Check(seen, Rules with { InHand = new HashSet<string> { "w1" } }).Where(finding => finding.Gate != "P2"), finding => Assert.True(finding.Passed, finding.Finding));
    }

    private static void Closed(string gate, ClusterObservation seen, string reason, GateRules? rules = null)
    {
        var finding = ClusterGates.Check(seen, rules ?? Rules).Gate(gate);
        Assert.False(finding.Passed);
        Assert.Equal(reason, finding.Finding);
    }

    private static ClusterObservation Spoil(Func<MasterView, MasterView> how, string master) =>
        Observation with { Masters = Observation.Masters.Select(view => view.Endpoint.Name == master ? how(view) : view).ToList() };
}
