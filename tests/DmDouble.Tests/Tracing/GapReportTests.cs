using System.Globalization;

namespace DmDouble.Tests.Tracing;

public class GapReportTests
{
    private static readonly DateTimeOffset Zero = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_gap_is_what_nobody_covers()
    {
        var report = Report(
            Trace("m1", (0, "started"), (0, "serving"), (1000, "not-serving"), (1500, "stopped")),
            Trace("m2", (0, "started"), (1200, "serving"), (3000, "not-serving"), (3000, "stopped")),
            Trace("m3", (0, "started"), (2500, "serving"), (4000, "not-serving"), (4900, "serving"), (5000, "stopped")));

        Assert.Equal(new Gap("control plane", TimeSpan.FromMilliseconds(1100), TimeSpan.FromMilliseconds(900)), report.ControlPlane);
    }

    [Fact]
    public void Each_task_of_each_source_has_its_own_gap()
    {
        var report = Report(
            Trace("w1", (0, "started"), (0, "running t1 s1"), (0, "running t2 s1"), (1000, "not-running t1 s1"), (1300, "not-running t2 s1"), (1400, "stopped")),
            Trace("w2", (0, "started"), (2000, "running t1 s1"), (2100, "running t2 s1"), (4999, "tick")));

        Assert.Equal(
            [new Gap("t1 on s1", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)), new Gap("t2 on s1", TimeSpan.FromMilliseconds(800), TimeSpan.FromMilliseconds(800))],
            report.Tasks);
        Assert.Empty(report.Overlaps);
    }

    [Fact]
    public void Two_workers_on_one_source_are_found()
    {
        var report = Report(
            Trace("w1", (0, "started"), (0, "running t1 s1"), (2000, "not-running t1 s1"), (2000, "stopped")),
            Trace("w2", (0, "started"), (1700, "running t1 s1"), (4999, "tick")));

        Assert.Equal(["source s1 on w1 and w2 at once for 300 ms"], report.Overlaps);
        Assert.Contains("two workers on one source: source s1 on w1 and w2 at once for 300 ms", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_workers_on_one_source_are_found_even_with_different_tasks()
    {
        var report = Report(
            Trace("w1", (0, "started"), (0, "running t1 s1"), (2000, "not-running t1 s1"), (2000, "stopped")),
            Trace("w2", (0, "started"), (1000, "running t2 s1"), (4999, "tick")));

        Assert.Equal(["source s1 on w1 and w2 at once for 1000 ms"], report.Overlaps);
    }

    [Fact]
    public void Two_tasks_of_one_worker_are_no_overlap()
    {
        var report = Report(Trace("w1", (0, "started"), (0, "running t1 s1"), (0, "running t2 s1"), (4999, "tick")));

        Assert.Empty(report.Overlaps);
    }

    [Fact]
    public void A_killed_process_ran_until_its_last_tick()
    {
        var report = Report(Trace("w1", (0, "started"), (0, "running t1 s1"), (200, "tick"), (400, "tick"), (3000, "started"), (3400, "running t1 s1"), (4999, "tick")));

        Assert.Equal(1, report.Kills);
        Assert.Equal(TimeSpan.FromMilliseconds(3000), Assert.Single(report.Tasks).Longest);
    }

    [Fact]
    public void A_killed_process_that_never_came_back_is_found_by_its_silence()
    {
        var report = Report(Trace("w1", (0, "started"), (0, "running t1 s1"), (1000, "tick")));

        Assert.Equal(1, report.Kills);
        Assert.Equal(TimeSpan.FromSeconds(4), Assert.Single(report.Tasks).Total);
    }

    [Fact]
    public void A_kill_counts_although_the_last_tick_was_before_the_time_in_question()
    {
        var trace = Trace("m1", (0, "started"), (0, "serving"), (900, "tick"), (4000, "started"));

        Assert.Equal(1, GapReport.FromTraces([trace], Zero.AddSeconds(1), Zero.AddSeconds(5)).Kills);
        Assert.Equal(0, GapReport.FromTraces([trace], Zero.AddSeconds(2), Zero.AddSeconds(5)).Kills);
    }

    [Fact]
    public void A_graceful_end_is_no_kill()
    {
        var report = Report(Trace("w1", (0, "started"), (0, "running t1 s1"), (1000, "stopped"), (2000, "started"), (2000, "running t1 s1"), (4999, "tick")));

        Assert.Equal(0, report.Kills);
        Assert.Equal(TimeSpan.FromSeconds(1), Assert.Single(report.Tasks).Total);
    }

    [Fact]
    public void Prints_a_small_table()
    {
        var report = Report(
            Trace("m1", (0, "started"), (0, "serving"), (4999, "tick")),
            Trace("w1", (0, "started"), (0, "running t1 s1"), (1000, "not-running t1 s1"), (1250, "running t1 s1"), (4999, "tick")));

        Assert.Equal(
            """
                                                   away    longest
            control plane                          0 ms       0 ms
            t1 on s1                             250 ms     250 ms
            two workers on one source: never
            processes killed: 0; calls that DM does not have: none
            """,
            report.ToString());
    }

    private static GapReport Report(params string[] traces) => GapReport.FromTraces(traces, Zero, Zero.AddSeconds(5));

    /// <summary>Events are "name" or "name task source".</summary>
    private static string Trace(string node, params (int Ms, string Event)[] events) => string.Join('\n', events.Select(e =>
    {
        var words = e.Event.Split(' ');
        var time = (Zero.AddMilliseconds(e.Ms) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var task = words.Length > 1 ? $",\"task\":\"{words[1]}\",\"source\":\"{words[2]}\"" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{{\"t\":{time},\"p\":\"dm\",\"n\":\"{node}\",\"e\":\"{words[0]}\"{task}}}");
    }));
}
