using System.Globalization;
using System.Text.Json.Nodes;
using DmDouble.State;
using DmDouble.Tracing;

namespace DmDouble.Worker;

/// <summary>One pretended replication: a stage, and a position in a binlog that grows by 100 bytes a second.</summary>
internal sealed class SubTask(string source, long sinceMs, TaskEntry entry, string worker, Func<Knobs> knobs, bool isBroken, Trace trace) : IDisposable
{
    private const double CatchUpMs = 1_000;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopped = new();
    private TaskEntry _entry = entry;
    private string? _error;
    private long _position = entry.Position;
    private long _flushed = entry.Position;
    private long _runningSinceMs;

    public string Name => _entry.Name;

    public string Stage { get; private set; } = "New";

    /// <summary>How far it is, flushed or not.</summary>
    public long Position
    {
        get { lock (_lock) { return PositionAt(NowMs()); } }
    }

    /// <summary>The checkpoint is safe: from now on it is what the status shows, which therefore never goes back.</summary>
    public void Flushed(long position)
    {
        lock (_lock)
        {
            _flushed = Math.Max(_flushed, position);
        }
    }

    public void Start() => _ = SettleAsync(isFirst: true);

    /// <summary>Takes over the stage that is wanted now.</summary>
    public void Want(TaskEntry entry)
    {
        bool isNews;
        lock (_lock)
        {
            isNews = _entry.Stage != entry.Stage || _entry.Unit != entry.Unit;
            _entry = entry;
        }

        if (isNews)
        {
            _ = SettleAsync(isFirst: false);
        }
    }

    /// <summary>The subtask runs no more when this returns, whatever happens after it.</summary>
    public void Halt()
    {
        lock (_lock)
        {
            SetStage("Stopped");
            _stopped.Cancel();
        }
    }

    public void Dispose() => _stopped.Dispose();

    public JsonObject Status(BuildStamp stamp)
    {
        lock (_lock)
        {
            var status = new JsonObject
            {
                ["name"] = Name,
                ["stage"] = Stage,
                ["unit"] = _entry.Unit,
                ["result"] = _error is null ? null : new JsonObject { ["isCanceled"] = false, ["errors"] = new JsonArray(ErrorMessage(_error)), ["detail"] = null },
                ["unresolvedDDLLockID"] = "",
            };
            if (_entry.Unit == "Sync")
            {
                status["sync"] = SyncStatus(stamp);
            }
            else
            {
                status[_entry.Unit == "Load" ? "load" : "dump"] = FullStatus(_entry.Unit);
            }

            status["validation"] = null;
            return status;
        }
    }

    private async Task SettleAsync(bool isFirst)
    {
        try
        {
            if (isFirst || _entry.Stage == "Running")
            {
                await Task.Delay(knobs().SubTaskInitMs, _stopped.Token);
            }

            while (true)
            {
                lock (_lock)
                {
                    _stopped.Token.ThrowIfCancellationRequested();
                    _error = _entry.Stage == "Running" ? Trouble() : null;
                    SetStage(_error is null ? _entry.Stage : "Paused");
                    if (_error is null)
                    {
                        return;
                    }
                }

                var knob = knobs();
                await Task.Delay(knob.AutoRecoverMs > 0 ? knob.AutoRecoverMs : Timeout.Infinite, _stopped.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private string? Trouble()
    {
        if (_entry is { Unit: "Load", LoadWorker: { } owner } && owner != worker)
        {
            return $"different worker in load stage, previous worker: {owner}, current worker: {worker}";
        }

        var errors = knobs().SubTaskErrors;
        return isBroken ? "this build cannot replicate" : errors.TryGetValue(Name, out var error) || errors.TryGetValue("*", out error) ? error : null;
    }

    private void SetStage(string stage)
    {
        var now = NowMs();
        _position = PositionAt(now);
        _runningSinceMs = stage == "Running" ? now : 0;
        Stage = stage;
        trace.Running(Name, source, stage == "Running");
    }

    private long PositionAt(long nowMs)
    {
        if (_runningSinceMs == 0)
        {
            return _position;
        }

        var upstream = UpstreamAt(nowMs);
        var share = Math.Min(1, (nowMs - _runningSinceMs) / CatchUpMs);
        return Math.Max(_position, _position + (long)((upstream - _position) * share));
    }

    private long UpstreamAt(long nowMs) => 4 + ((nowMs - sinceMs) / 10);

    private JsonObject SyncStatus(BuildStamp stamp)
    {
        var now = NowMs();
        var (upstream, position) = (UpstreamAt(now), PositionAt(now));
        var sync = new JsonObject
        {
            ["totalEvents"] = Text(position),
            ["totalTps"] = "0",
            ["recentTps"] = "0",
            ["masterBinlog"] = $"(mysql-bin.000003, {upstream})",
            ["masterBinlogGtid"] = $"8a94f357-aab4-11df-86ab-c80aa9429562:1-{upstream}",
            ["syncerBinlog"] = $"(mysql-bin.000003, {_flushed})",
            ["syncerBinlogGtid"] = $"8a94f357-aab4-11df-86ab-c80aa9429562:1-{_flushed}",
            ["blockingDDLs"] = new JsonArray(),
            ["unresolvedGroups"] = new JsonArray(),
            ["synced"] = upstream == _flushed,
            ["binlogType"] = "remote",
            ["secondsBehindMaster"] = Text((upstream - position + 99) / 100),
            ["blockDDLOwner"] = "",
            ["conflictMsg"] = "",
            ["totalRows"] = Text(position),
            ["totalRps"] = "0",
            ["recentRps"] = "0",
        };
        if (stamp.Version.StartsWith("v9", StringComparison.Ordinal))
        {
            sync["ioTotalBytes"] = Text(position);
            sync["dumpIOTotalBytes"] = "0";
        }

        return sync;
    }

    private static JsonObject FullStatus(string unit) => unit == "Load"
        ? new JsonObject { ["finishedBytes"] = "12", ["totalBytes"] = "100", ["progress"] = "12.00 %", ["metaBinlog"] = "(mysql-bin.000003, 4)", ["metaBinlogGTID"] = "", ["bps"] = "0" }
        : new JsonObject
        {
            ["totalTables"] = "2", ["completedTables"] = 1, ["finishedBytes"] = 12, ["finishedRows"] = 3, ["estimateTotalRows"] = 6, ["bps"] = "0", ["progress"] = "50.00 %",
        };

    private static JsonObject ErrorMessage(string error) => new()
    {
        ["ErrCode"] = error.StartsWith("different worker", StringComparison.Ordinal) ? 34017 : 10001,
        ["ErrClass"] = error.StartsWith("different worker", StringComparison.Ordinal) ? "load-unit" : "database",
        ["ErrScope"] = "downstream",
        ["ErrLevel"] = "high",
        ["Message"] = error,
        ["RawCause"] = "",
        ["Workaround"] = "",
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long NowMs() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}
