using System.Globalization;
using TiupDmNet.Cli.Output;
using TiupDmNet.Rollout.Events;

namespace TiupDmNet.Cli.Progress;

/// <summary>A line of talk for each event: local time, node, text.</summary>
internal sealed class LineProgress(Terminal terminal, TimeProvider time) : IRolloutListener
{
    private static readonly TimeSpan BetweenWaits = TimeSpan.FromSeconds(10);

    private DateTimeOffset _lastWait;

    public ValueTask OnEventAsync(RolloutEvent happened)
    {
        Show(happened);
        return ValueTask.CompletedTask;
    }

    public void Show(RolloutEvent happened)
    {
        // What is waited for changes every second; a log needs to know only that the run is alive.
        var isWait = happened is NodeAwaited && happened.At - _lastWait >= BetweenWaits;
        if (isWait)
        {
            _lastWait = happened.At;
        }

        if (isWait || (!happened.IsTransient && happened is not RunFinished))
        {
            terminal.Say($"{Stamp(happened.At)} {(happened.NodeId.Length > 0 ? happened.NodeId : "-")}  {happened.Describe()}");
        }
    }

    private string Stamp(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, time.LocalTimeZone);
        return local.ToString(local.Offset == TimeSpan.Zero ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    }
}
