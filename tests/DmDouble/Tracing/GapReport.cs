using System.Globalization;
using System.Text;
using System.Text.Json;
using DmDouble.Tracing;

namespace DmDouble;

/// <summary>Something that was not there for a while.</summary>
/// <param name="What">"control plane", or the task and its source.</param>
/// <param name="Total">All of the time without it.</param>
/// <param name="Longest">The longest piece of that.</param>
public sealed record Gap(string What, TimeSpan Total, TimeSpan Longest);

/// <summary>What the traces of a whole cluster say: when there was no control plane, when a task did not run, and what must never happen.</summary>
/// <param name="ControlPlane">Time in which no dm-master led and answered.</param>
/// <param name="Tasks">For each (task, source): time in which no dm-worker ran it.</param>
/// <param name="Overlaps">Two workers on one source, two leaders: sentences; none is allowed.</param>
/// <param name="Kills">Processes that ended without saying goodbye.</param>
/// <param name="UnknownCalls">Calls that the real processes do not have.</param>
public sealed record GapReport(Gap ControlPlane, IReadOnlyList<Gap> Tasks, IReadOnlyList<string> Overlaps, int Kills, IReadOnlyList<string> UnknownCalls)
{
    /// <summary>Reads the traces of all processes.</summary>
    /// <param name="texts">Contents of the files <c>trace.jsonl</c>, one for each deploy directory.</param>
    /// <param name="from">Begin of the time that counts.</param>
    /// <param name="to">End of it.</param>
    public static GapReport FromTraces(IEnumerable<string> texts, DateTimeOffset from, DateTimeOffset to)
    {
        var (begin, end) = (Micros(from), Micros(to));
        var spans = new List<Span>();
        var unknown = new List<string>();
        var kills = 0;
        foreach (var text in texts)
        {
            var reader = new TraceReader();
            foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                reader.Read(line);
            }

            reader.Finish(end);
            spans.AddRange(reader.Spans);
            unknown.AddRange(reader.UnknownCalls);
            // A kill is dated by the last tick before it.
            kills += reader.Kills.Count(at => at + (Trace.TickPeriod.Ticks / TimeSpan.TicksPerMicrosecond) >= begin && at <= end);
        }

        var keys = spans.Where(span => span.Key != TraceReader.ControlPlane).GroupBy(span => span.Key).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        return new GapReport(
            GapOf("control plane", spans.Where(span => span.Key == TraceReader.ControlPlane), begin, end),
            keys.Select(group => GapOf(group.Key, group, begin, end)).ToList(),
            spans.GroupBy(span => span.Exclusive).SelectMany(group => OverlapsIn(group.Key, [.. group])).ToList(),
            kills,
            unknown);
    }

    /// <summary>When the traces begin to say something: the first time that anything was on.</summary>
    public static DateTimeOffset Begin(IEnumerable<string> texts) =>
        Time(texts.SelectMany(Lines).Where(line => line.Event is "serving" or "running").Select(line => line.Time).DefaultIfEmpty().Min());

    /// <summary>When they end.</summary>
    public static DateTimeOffset End(IEnumerable<string> texts) => Time(texts.SelectMany(Lines).Select(line => line.Time).DefaultIfEmpty().Max());

    /// <summary>A table for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"",-32} {"away",10} {"longest",10}");
        foreach (var gap in Tasks.Prepend(ControlPlane))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{gap.What,-32} {gap.Total.TotalMilliseconds,7:0} ms {gap.Longest.TotalMilliseconds,7:0} ms");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"two workers on one source: {(Overlaps.Count == 0 ? "never" : string.Join("; ", Overlaps))}");
        text.Append(CultureInfo.InvariantCulture, $"processes killed: {Kills}; calls that DM does not have: {(UnknownCalls.Count == 0 ? "none" : string.Join(", ", UnknownCalls))}");
        return text.ToString();
    }

    private static IEnumerable<(long Time, string? Event)> Lines(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            yield return (json.RootElement.GetProperty("t").GetInt64(), json.RootElement.GetProperty("e").GetString());
        }
    }

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddMicroseconds(micros);

    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static Gap GapOf(string what, IEnumerable<Span> spans, long begin, long end)
    {
        long total = 0, longest = 0, covered = begin;
        foreach (var span in spans.Select(span => (From: Math.Max(span.From, begin), To: Math.Min(span.To, end))).Where(span => span.To > span.From).OrderBy(span => span.From).Append((From: end, To: end)))
        {
            var gap = Math.Max(0, span.From - covered);
            total += gap;
            longest = Math.Max(longest, gap);
            covered = Math.Max(covered, span.To);
        }

        return new Gap(what, TimeSpan.FromMicroseconds(total), TimeSpan.FromMicroseconds(longest));
    }

    // Sorted by their begin, an overlap is always with the one that reaches furthest so far.
    private static IEnumerable<string> OverlapsIn(string key, List<Span> spans)
    {
        Span? furthest = null;
        foreach (var span in spans.OrderBy(span => span.From))
        {
            if (furthest is not null && span.From < furthest.To && span.Node != furthest.Node)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{key} on {furthest.Node} and {span.Node} at once for {(Math.Min(furthest.To, span.To) - span.From) / 1000.0:0} ms");
            }

            if (furthest is null || span.To > furthest.To)
            {
                furthest = span;
            }
        }
    }

    /// <param name="Key">What was on: <see cref="TraceReader.ControlPlane"/>, or task and source.</param>
    /// <param name="Exclusive">Of what there must be only one at a time.</param>
    private sealed record Span(string Key, string Exclusive, string Node, long From, long To);

    /// <summary>Turns one trace into the times in which something was on.</summary>
    private sealed class TraceReader
    {
        public const string ControlPlane = "control plane";
        private readonly Dictionary<string, (string Exclusive, long From)> _on = [];
        private long _last;
        private bool _alive;
        private string _node = "";

        public List<Span> Spans { get; } = [];

        public List<long> Kills { get; } = [];

        public List<string> UnknownCalls { get; } = [];

        public void Read(string line)
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var time = root.GetProperty("t").GetInt64();
            switch (root.GetProperty("e").GetString())
            {
                case "started":
                    if (_alive)
                    {
                        // No goodbye: it was killed, at the last tick at the earliest.
                        Kills.Add(_last);
                        CloseAll(_last);
                    }

                    _alive = true;
                    _node = root.GetProperty("n").GetString()!;
                    break;
                case "serving":
                    _on[ControlPlane] = (ControlPlane, time);
                    break;
                case "not-serving":
                    Close(ControlPlane, time);
                    break;
                case "running":
                    _on[TaskKey(root)] = ("source " + root.GetProperty("source").GetString(), time);
                    break;
                case "not-running":
                    Close(TaskKey(root), time);
                    break;
                case "stopped":
                    CloseAll(time);
                    _alive = false;
                    break;
                case "unknown-call":
                    UnknownCalls.Add(root.GetProperty("path").GetString()!);
                    break;
            }

            _last = time;
        }

        /// <summary>What is still on at the end of the trace is on until now, if its process lives: its last tick is fresh.</summary>
        public void Finish(long end)
        {
            var fresh = end - _last < 2_000_000;
            if (_alive && !fresh && _on.Count > 0)
            {
                Kills.Add(_last);
            }

            CloseAll(fresh ? Math.Max(end, _last) : _last);
        }

        private static string TaskKey(JsonElement root) => $"{root.GetProperty("task").GetString()} on {root.GetProperty("source").GetString()}";

        private void CloseAll(long time)
        {
            foreach (var key in _on.Keys.ToList())
            {
                Close(key, time);
            }
        }

        private void Close(string key, long time)
        {
            if (_on.Remove(key, out var begun))
            {
                Spans.Add(new Span(key, begun.Exclusive, _node, begun.From, time));
            }
        }
    }
}
