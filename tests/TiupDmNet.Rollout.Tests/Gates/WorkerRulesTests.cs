using TiupDmNet.Clusters.Topology;
using TiupDmNet.DataMigration;
using TiupDmNet.Rollout.Gates;
using static TiupDmNet.Rollout.Tests.TestCluster;

namespace TiupDmNet.Rollout.Tests.Gates;

public class WorkerRulesTests
{
    private static readonly Node Worker = TestNodes.Worker("w1");

    [Fact]
    public void Nothing_speaks_against_a_worker_in_sync() =>
        Assert.Null(WorkerRules.Objection(Worker, Snapshot, "v8.5.0", allowLoadRestart: false));

    [Theory]
    [InlineData("Dump")]
    [InlineData("Load")]
    public void A_dump_or_load_is_not_interrupted_unless_told(string unit)
    {
        var seen = Snapshot with { Subtasks = [Subtask("task-1", "mysql-01", "w1", "Running", unit)] };

        Assert.Equal($"task-1 on mysql-01 is in its {unit} unit on w1; wait until it is in Sync, or say --allow-load-restart", WorkerRules.Objection(Worker, seen, "v8.5.0", allowLoadRestart: false));
        Assert.Null(WorkerRules.Objection(Worker, seen, "v8.5.0", allowLoadRestart: true));
    }

    [Fact]
    public void Before_v6_a_source_is_not_moved_to_a_spare_because_two_workers_would_write() =>
        Assert.Equal(
            "DM v5.4.0 would start mysql-01 on w3 before w1 has let go of it; pause its tasks first, or stop w3",
            WorkerRules.Objection(Worker, Snapshot, "v5.4.0", allowLoadRestart: false));

    [Fact]
    public void Before_v6_a_worker_whose_tasks_are_paused_may_restart() =>
        Assert.Null(WorkerRules.Objection(Worker, Snapshot with { Subtasks = [Subtask("task-1", "mysql-01", "w1", "Paused")] }, "v5.4.0", allowLoadRestart: false));

    [Fact]
    public void Before_v6_a_worker_without_a_spare_restarts_in_place() =>
        Assert.Null(WorkerRules.Objection(Worker, Snapshot with { Workers = [.. Snapshot.Workers.Where(worker => worker.Stage != WorkerStage.Free)] }, "v5.4.0", allowLoadRestart: false));
}
