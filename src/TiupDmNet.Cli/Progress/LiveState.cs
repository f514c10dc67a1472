using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using TiupDmNet.Cli.Output;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Progress;

/// <summary>What is going on at this moment: uploads by host, then nodes in the order of the plan.</summary>
internal sealed class LiveState(TimeProvider time)
{
    private const int BarWidth = 30;

    private readonly Lock _lock = new();
    private readonly List<string> _order = [];
    private readonly Dictionary<string, (string Text, Style Style, long Since)> _nodes = [];
    private readonly SortedDictionary<string, UploadState> _uploads = new(StringComparer.Ordinal);

    public void Plan(PatchPlan plan)
    {
        lock (_lock)
        {
            foreach (var node in plan.Nodes.Where(node => node.Action is not (NodeAction.None or NodeAction.MarkOnly)))
            {
                _order.Add(node.Node.Id);
                _nodes[node.Node.Id] = ("", Style.Plain, time.GetTimestamp());
            }
        }
    }

    public void Note(RolloutEvent happened)
    {
        lock (_lock)
        {
            switch (happened)
            {
                case UploadAdvanced upload:
                    var begun = _uploads.TryGetValue(upload.Host, out var known) ? known : new UploadState(time.GetTimestamp(), upload.Bytes, 0, 0);
                    _uploads[upload.Host] = begun with { Bytes = upload.Bytes, Total = upload.Total };
                    break;
                case PackageUploaded uploaded:
                    _uploads.Remove(uploaded.Host);
                    break;
                case { NodeId.Length: > 0 } when _nodes.TryGetValue(happened.NodeId, out var now):
                    var sameWait = happened is NodeAwaited && now.Text == happened.Describe();
                    _nodes[happened.NodeId] = (happened.Describe(), StyleOf(happened), sameWait ? now.Since : time.GetTimestamp());
                    break;
            }
        }
    }

    /// <param name="height">Lines that it may take.</param>
    /// <param name="width">Columns of the terminal.</param>
    public IRenderable Render(int height, int width)
    {
        lock (_lock)
        {
            var rows = new List<IRenderable>();
            rows.AddRange(_uploads.Take(height).Select(pair => Line($"{pair.Key}  {Bar(pair.Value)}", new Style(Color.Teal), width)));
            var room = Math.Max(0, height - rows.Count);
            // The nodes that are done make room for those that are not.
            var open = _order.Where(id => !IsDone(_nodes[id].Text)).ToList();
            var shown = _order.Count <= room ? _order : [.. open.Take(room - 1)];
            var pad = shown.Count == 0 ? 0 : shown.Max(id => id.Length);
            rows.AddRange(shown.Select(id => Line($"{id.PadRight(pad)}  {State(id)}", _nodes[id].Style, width)));
            if (shown.Count < _order.Count && room > 0)
            {
                rows.Add(Line(string.Create(CultureInfo.InvariantCulture, $"{_order.Count - open.Count} of {_order.Count} nodes are done"), Style.Plain, width));
            }

            return new Rows(rows);
        }
    }

    public static Style StyleOf(RolloutEvent happened) => happened switch
    {
        NodeFailed or NodeBroken => new Style(Color.Red),
        NodePatched or NodeRestored => new Style(Color.Green),
        Notice => new Style(Color.Yellow),
        _ => Style.Plain,
    };

    private static bool IsDone(string text) => text == new NodePatched().Describe() || text == new NodeRestored().Describe();

    private static Text Line(string text, Style style, int width) => new(text.Length >= width ? text[..Math.Max(1, width - 1)] : text, style);

    private string State(string id)
    {
        var (text, _, since) = _nodes[id];
        var seconds = (int)time.GetElapsedTime(since).TotalSeconds;
        return text.Length == 0 ? "to come" : IsDone(text) || seconds < 2 ? text : string.Create(CultureInfo.InvariantCulture, $"{text} ({seconds} s)");
    }

    private string Bar(UploadState upload)
    {
        var done = upload.Total == 0 ? 0 : (double)upload.Bytes / upload.Total;
        var filled = (int)(done * BarWidth);
        var speed = (upload.Bytes - upload.First) / Math.Max(0.001, time.GetElapsedTime(upload.Since).TotalSeconds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"[{new string('#', filled)}{new string('-', BarWidth - filled)}] {done * 100:0}% of {Readable.Size(upload.Total)}, {Readable.Size((long)speed)}/s");
    }

    /// <param name="Since">Timestamp of the first report.</param>
    /// <param name="First">Bytes that were there by then.</param>
    /// <param name="Bytes">Bytes there now.</param>
    /// <param name="Total">Bytes in the end.</param>
    private sealed record UploadState(long Since, long First, long Bytes, long Total);
}
