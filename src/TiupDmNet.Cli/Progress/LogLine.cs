using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using TiupDmNet.Rollout.Events;

namespace TiupDmNet.Cli.Progress;

/// <summary>A line of the log, written where the live part began: what it does not cover must be wiped out.</summary>
internal sealed class LogLine : Renderable
{
    private const string EraseLine = "\x1b[2K";

    private readonly Paragraph _text = new();

    public LogLine(string text, Style style) => _text.Append(text, style);

    public LogLine(RolloutEvent happened, TimeZoneInfo zone)
    {
        _text.Append(TimeZoneInfo.ConvertTime(happened.At, zone).ToString("HH:mm:ss ", CultureInfo.InvariantCulture), new Style(Color.Grey));
        if (happened.NodeId.Length > 0)
        {
            _text.Append(happened.NodeId + "  ", new Style(Color.Teal));
        }

        _text.Append(happened.Describe(), LiveState.StyleOf(happened));
    }

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        yield return Segment.Control(EraseLine);
        foreach (var segment in ((IRenderable)_text).Render(options, maxWidth))
        {
            yield return segment;
            if (segment.IsLineBreak)
            {
                yield return Segment.Control(EraseLine);
            }
        }

        yield return Segment.LineBreak;
    }
}
