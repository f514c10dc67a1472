using System.Globalization;
using System.Text.Json.Nodes;
using DmDouble.Processes;
using DmDouble.State;
using DmDouble.Tracing;

namespace DmDouble.Worker;

/// <summary>One task on the worker's source. It pretends to replicate: its position follows that of an upstream that writes all the time.</summary>
internal sealed class SubTask(string source, TaskEntry entry, long sinceMs, string worker, BuildStamp stamp, KnobFile knobs, Trace trace) : IDisposable
{
    private const string BinlogFile = "mysql-bin.000003";
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ended = new();
    private string _stage = "New";
    private JsonObject? _error;

    public string Name => entry.Name;

    /// <summary>How far it came; what is written down as its checkpoint.</summary>
    public long Position { get; private set; } = entry.Position;

    public string Stage
    {
        get
        {
            lock (_lock)
            {
                return _stage;
            }
        }
    }

    /// <summary>Brings it to the stage that is wanted for it.</summary>
    public void Want(string stage)
    {
        switch (stage)
        {
            case "Running" when Stage is "New" or "Paused":
                _ = StartAsync();
                break;
            case "Paused" or "Finished":
                Set(stage, null);
                break;
        }
    }

    /// <summary>Stops as a graceful stop does: the transaction in hand is finished first.</summary>
    public async Task StopAsync()
    {
        await Task.Delay(knobs.Now.SubTaskStopMs);
        Kill();
    }

    /// <summary>Stops at once, as when the lease is lost.</summary>
    public void Kill()
    {
        _ended.Cancel();
        Advance();
        Set("Stopped", null);
    }

    /// <summary>One item of <c>subTaskStatus</c>.</summary>
    public JsonObject Status()
    {
        Advance();
        lock (_lock)
        {
            var upstream = Binlog(Upstream);
            var position = Binlog(Position);
            return new JsonObject
            {
                ["name"] = entry.Name,
                ["stage"] = _stage,
                ["unit"] = entry.Unit,
                ["result"] = _error?.DeepClone(),
                ["unresolvedDDLLockID"] = "",
                [entry.Unit == "Sync" ? "sync" : entry.Unit == "Load" ? "load" : "dump"] = entry.Unit switch
                {
                    "Sync" => Sync(upstream, position),
                    "Load" => new JsonObject { ["finishedBytes"] = "12", ["totalBytes"] = "100", ["progress"] = "12.00 %", ["metaBinlog"] = "", ["metaBinlogGTID"] = "", ["bps"] = "0" },
                    _ => new JsonObject { ["totalTables"] = "1", ["completedTables"] = 0.0, ["finishedBytes"] = 0.0, ["finishedRows"] = 0.0, ["estimateTotalRows"] = 0.0, ["bps"] = "0", ["progress"] = "" },
                },
                ["validation"] = null,
            };
        }
    }

    public void Dispose() => _ended.Dispose();

    private long Upstream => 4 + (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - sinceMs) / 10;

    private static JsonObject Sync(string upstream, string position) => new()
    {
        ["totalEvents"] = "0",
        ["totalTps"] = "0",
        ["recentTps"] = "0",
        ["masterBinlog"] = upstream,
        ["masterBinlogGtid"] = "",
        ["syncerBinlog"] = position,
        ["syncerBinlogGtid"] = "",
        ["blockingDDLs"] = new JsonArray(),
        ["unresolvedGroups"] = new JsonArray(),
        ["synced"] = false,
        ["binlogType"] = "remote",
        ["secondsBehindMaster"] = "0",
        ["blockDDLOwner"] = "",
        ["conflictMsg"] = "",
        ["totalRows"] = "0",
        ["totalRps"] = "0",
        ["recentRps"] = "0",
        ["ioTotalBytes"] = "0",
        ["dumpIOTotalBytes"] = "0",
    };

    private static string Binlog(long position) => string.Create(CultureInfo.InvariantCulture, $"({BinlogFile}, {position})");

    private async Task StartAsync()
    {
        Set("New", null);
        try
        {
            await Task.Delay(knobs.Now.SubTaskInitMs, _ended.Token);
            while (Trouble() is { } trouble)
            {
                Set("Paused", trouble);
                if (knobs.Now.AutoRecoverMs == 0)
                {
                    return;
                }

                await Task.Delay(knobs.Now.AutoRecoverMs, _ended.Token);
                if (!knobs.Now.SubTaskErrors.ContainsKey(Name))
                {
                    break;
                }
            }

            Set("Running", null);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private (int Code, string Text)? Trouble()
    {
        if (entry.Unit == "Load" && entry.LoadWorker is { } owner && owner != worker)
        {
            return (34017, $"different worker in load stage, previous worker: {owner}, current worker: {worker}");
        }

        var errors = knobs.Now.SubTaskErrors;
        return errors.TryGetValue(Name, out var text) || errors.TryGetValue("*", out text) ? (10001, text)
            : stamp.Faults?.SubTasksFail == true ? (36001, "this build cannot replicate")
            : null;
    }

    private void Advance()
    {
        lock (_lock)
        {
            if (_stage == "Running")
            {
                Position = Math.Max(Position, Upstream);
            }
        }
    }

    private void Set(string stage, (int Code, string Text)? trouble)
    {
        lock (_lock)
        {
            if (_ended.IsCancellationRequested && stage != "Stopped")
            {
                return;
            }

            _stage = stage;
            _error = trouble is not { } why ? null : new JsonObject
            {
                ["isCanceled"] = false,
                ["errors"] = new JsonArray(new JsonObject
                {
                    ["ErrCode"] = why.Code,
                    ["ErrClass"] = "functional",
                    ["ErrScope"] = "internal",
                    ["ErrLevel"] = "high",
                    ["Message"] = why.Text,
                    ["RawCause"] = "",
                    ["Workaround"] = "",
                }),
                ["detail"] = null,
            };
            trace.Running(entry.Name, source, stage == "Running");
        }
    }
}
