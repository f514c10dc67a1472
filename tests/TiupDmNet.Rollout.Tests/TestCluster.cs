using TiupDmNet.DataMigration;
using TiupDmNet.Rollout.Gates;

namespace TiupDmNet.Rollout.Tests;

/// <summary>A healthy picture of a cluster, to be spoiled by each test in one respect.</summary>
internal static class TestCluster
{
    public static readonly string[] Masters = ["m1", "m2", "m3"];
    public static readonly string[] Workers = ["w1", "w2", "w3"];

    public static GateRules Rules => new() { Masters = Masters, Workers = Workers };

    public static DmSnapshot Snapshot => new()
    {
        AnsweredBy = "10.0.0.1:8261",
        TakenAt = DateTimeOffset.UnixEpoch,
        Leader = "m1",
        Masters = Masters.Select(name => new MasterMember(name, "1", true, ["http://10.0.0.1:8261"])).ToList(),
        Workers =
        [
            new WorkerMember("w1", "10.0.1.1:8262", WorkerStage.Bound, "mysql-01", "bound"),
            new WorkerMember("w2", "10.0.1.2:8262", WorkerStage.Bound, "mysql-02", "bound"),
            new WorkerMember("w3", "10.0.1.3:8262", WorkerStage.Free, "", "free"),
        ],
        Sources = [new SourceBinding("mysql-01", "w1", ""), new SourceBinding("mysql-02", "w2", "")],
        Subtasks = [Subtask("task-1", "mysql-01", "w1"), Subtask("task-1", "mysql-02", "w2")],
        Problems = [],
    };

    public static ClusterObservation Observation => Observe(Snapshot);

    public static ClusterObservation Observe(DmSnapshot whole) =>
        new(Masters.Select(name => View(name, whole)).ToList(), whole, "");

    public static MasterView View(string name, DmSnapshot members) =>
        new(new MasterEndpoint(name, "10.0.0.1", 8261), new ProcessStatus("", true, ""), members, "");

    public static Subtask Subtask(string task, string source, string worker, string stage = "Running", string unit = "Sync", params string[] errors) =>
        new(task, source, worker, stage, unit, errors, "(mysql-bin.000003, 100)", 0, "");

    public static GateFinding Gate(this IReadOnlyList<GateFinding> findings, string gate) => findings.Single(finding => finding.Gate == gate);
}
