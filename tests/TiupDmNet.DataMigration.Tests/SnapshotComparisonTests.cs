namespace TiupDmNet.DataMigration.Tests;

public sealed class SnapshotComparisonTests
{
    private static readonly SourceBinding Bound = new("s1", "w1", "");
    private static readonly Subtask Running = new("t1", "s1", "w1", "Running", "Sync", [], "", null, "");

    [Fact]
    public void A_cluster_is_as_well_as_itself()
    {
        var seen = Picture([Bound, new("s2", "", "no free worker")], [Running, Running with { Task = "t2", Stage = "Paused", Errors = ["boom"] }]);

        Assert.Empty(SnapshotComparison.Regressions(seen, seen));
    }

    [Fact]
    public void A_source_that_moved_is_not_lost()
    {
        var now = Picture([Bound with { Worker = "w2" }], [Running with { Worker = "w2" }]);

        Assert.Empty(SnapshotComparison.Regressions(Picture([Bound], [Running]), now));
    }

    [Fact]
    public void A_new_source_or_task_is_none_of_its_business()
    {
        var now = Picture([Bound, new("s2", "", "")], [Running, Running with { Task = "t2", Stage = "Paused", Errors = ["boom"] }]);

        Assert.Empty(SnapshotComparison.Regressions(Picture([Bound], [Running]), now));
    }

    [Fact]
    public void A_source_that_is_gone() =>
        AssertRegressions(Picture([Bound], []), Picture([], []), "source s1 is not known to DM any more");

    [Fact]
    public void A_source_that_lost_its_worker() =>
        AssertRegressions(
            Picture([Bound], []),
            Picture([new("s1", "", "source is added but there is no free worker to bound")], []),
            "source s1 was bound to w1 and is bound to no worker (source is added but there is no free worker to bound)");

    [Fact]
    public void A_source_on_two_workers_is_wrong_even_if_it_was_so_before()
    {
        var twice = Picture([Bound], []) with { Workers = [Worker("w1", WorkerStage.Bound), Worker("w2", WorkerStage.Bound), Worker("w3", WorkerStage.Relay)] };

        AssertRegressions(twice, twice, "source s1 is bound to 2 workers: w1, w2");
    }

    [Fact]
    public void A_worker_that_pulls_the_relay_log_of_a_source_does_not_count()
    {
        var seen = Picture([Bound], []) with { Workers = [Worker("w1", WorkerStage.Bound), Worker("w3", WorkerStage.Relay)] };

        Assert.Empty(SnapshotComparison.SourcesOnSeveralWorkers(seen));
    }

    [Fact]
    public void A_source_in_new_trouble() =>
        AssertRegressions(Picture([Bound], []), Picture([Bound with { Worker = "w2", Message = "dial tcp: refused" }], []), "source s1 is in trouble on w2: dial tcp: refused");

    [Fact]
    public void A_source_in_old_trouble_is_no_regression() =>
        AssertRegressions(Picture([Bound with { Message = "dial tcp: refused" }], []), Picture([Bound with { Message = "dial tcp: timeout" }], []));

    [Fact]
    public void A_relay_log_that_stopped() =>
        AssertRegressions(Picture([Bound with { RelayStage = "Running" }], []), Picture([Bound with { RelayStage = "Paused" }], []), "the relay log of source s1 was Running and is Paused");

    [Fact]
    public void A_subtask_that_is_gone() =>
        AssertRegressions(Picture([Bound], [Running]), Picture([Bound], []), "task t1 on source s1 is gone");

    [Theory]
    [InlineData("Running", "Running", "")]
    [InlineData("Running", "Finished", "")]
    [InlineData("Running", "New", "task t1 on source s1 was Running and is New")]
    [InlineData("Running", "Paused", "task t1 on source s1 was Running and is Paused")]
    [InlineData("Running", "Stopped", "task t1 on source s1 was Running and is Stopped")]
    [InlineData("Running", "Resuming", "task t1 on source s1 was Running and is Resuming")]
    [InlineData("Running", "InvalidStage", "task t1 on source s1 was Running and is InvalidStage")]
    [InlineData("Running", "12", "task t1 on source s1 was Running and is 12")]
    [InlineData("Finished", "Finished", "")]
    [InlineData("Finished", "Running", "")]
    [InlineData("Finished", "Paused", "task t1 on source s1 was Finished and is Paused")]
    [InlineData("Paused", "Paused", "")]
    [InlineData("Paused", "Stopped", "")]
    [InlineData("Stopped", "Paused", "")]
    [InlineData("Paused", "Running", "")]
    [InlineData("Paused", "New", "task t1 on source s1 was Paused and is New")]
    [InlineData("Paused", "InvalidStage", "task t1 on source s1 was Paused and is InvalidStage")]
    [InlineData("New", "Paused", "")]
    [InlineData("Resuming", "Running", "")]
    [InlineData("InvalidStage", "InvalidStage", "")]
    public void The_stage_of_a_subtask_may_not_fall(string before, string after, string sentence) =>
        AssertRegressions(Picture([Bound], [Running with { Stage = before }]), Picture([Bound], [Running with { Stage = after }]), sentence.Length > 0 ? [sentence] : []);

    [Fact]
    public void A_subtask_that_fell_is_shown_with_its_errors() =>
        AssertRegressions(
            Picture([Bound], [Running]),
            Picture([Bound], [Running with { Stage = "Paused", Errors = ["boom", "bang"] }]),
            "task t1 on source s1 was Running and is Paused (boom; bang)");

    [Fact]
    public void Errors_that_are_new_count_even_where_the_stage_is_the_same() =>
        AssertRegressions(
            Picture([Bound], [Running with { Stage = "Paused" }]),
            Picture([Bound], [Running with { Stage = "Paused", Errors = ["boom"] }]),
            "task t1 on source s1 has errors: boom");

    [Fact]
    public void A_subtask_that_had_errors_may_keep_them_or_try_again()
    {
        var baseline = Picture([Bound], [Running with { Stage = "Paused", Errors = ["boom"] }]);

        AssertRegressions(baseline, Picture([Bound], [Running with { Stage = "Paused", Errors = ["bang"] }]));
        AssertRegressions(baseline, Picture([Bound], [Running with { Stage = "Resuming", Errors = [] }]));
    }

    [Theory]
    [InlineData("Sync", "Dump", "task t1 on source s1 was in unit Sync and is in Dump")]
    [InlineData("Sync", "Check", "task t1 on source s1 was in unit Sync and is in Check")]
    [InlineData("Load", "Sync", "")]
    [InlineData("Sync", "InvalidUnit", "")]
    [InlineData("Sync", "NewUnit", "")]
    public void A_subtask_may_not_go_back_to_an_earlier_unit(string before, string after, string sentence) =>
        AssertRegressions(Picture([Bound], [Running with { Unit = before }]), Picture([Bound], [Running with { Unit = after }]), sentence.Length > 0 ? [sentence] : []);

    [Fact]
    public void Of_two_reports_of_a_subtask_the_worse_one_counts() =>
        AssertRegressions(
            Picture([Bound], [Running]),
            Picture([Bound], [Running, Running with { Worker = "w2", Stage = "Paused" }]),
            "task t1 on source s1 was Running and is Paused");

    private static void AssertRegressions(DmSnapshot baseline, DmSnapshot now, params string[] sentences) =>
        Assert.Equal(sentences, SnapshotComparison.Regressions(baseline, now));

    private static WorkerMember Worker(string name, WorkerStage stage) => new(name, "", stage, "s1", "");

    private static DmSnapshot Picture(IReadOnlyList<SourceBinding> sources, IReadOnlyList<Subtask> subtasks) => new()
    {
        AnsweredBy = "",
        TakenAt = default,
        Leader = "m1",
        Masters = [],
        Workers = [],
        Sources = sources,
        Subtasks = subtasks,
        Problems = [],
    };
}
