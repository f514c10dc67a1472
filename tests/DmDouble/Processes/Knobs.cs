using System.Text.Json;
using System.Text.Json.Serialization;

namespace DmDouble;

/// <summary>
/// How a stand-in behaves while it runs: the file <c>double.json</c> in its working directory, read again whenever it changes. Without the file
/// everything is as in DM.
/// </summary>
public sealed record Knobs
{
    /// <summary>dm-master: lease of the leader, in ms.</summary>
    public int ElectionTtlMs { get; set; } = 60_000;

    /// <summary>dm-worker: lease of its registration, in ms, unless <c>--keepalive-ttl</c> is given.</summary>
    public int KeepaliveTtlMs { get; set; } = 60_000;

    /// <summary>dm-master: how long a new leader loads its state before it answers, in ms.</summary>
    public int LeaderStartMs { get; set; } = 200;

    /// <summary>dm-master: how long after that the scheduler still says that it has not started, in ms.</summary>
    public int SchedulerStartMs { get; set; } = 50;

    /// <summary>dm-master: a start without quorum gives up after so many ms.</summary>
    public int QuorumStartLimitMs { get; set; } = 10_000;

    /// <summary>dm-master: raft election timeout in ms; heartbeats go ten times as often.</summary>
    public int RaftElectionMs { get; set; } = 1_000;

    /// <summary>Ms between SIGTERM and the end of the process, after the subtasks have stopped.</summary>
    public int GracefulStopMs { get; set; } = 500;

    /// <summary>SIGTERM does nothing.</summary>
    public bool IgnoreTerm { get; set; }

    /// <summary>Sockets are open so many ms before anything is answered.</summary>
    public int StartDelayMs { get; set; }

    /// <summary>Every public call takes so many ms longer.</summary>
    public int SlowRepliesMs { get; set; }

    /// <summary>dm-master: <c>/health</c> is false although nothing is wrong.</summary>
    public bool HealthFalse { get; set; }

    /// <summary>dm-master: lists every member as alive without looking.</summary>
    public bool LieAboutAlive { get; set; }

    /// <summary>dm-master: never campaigns.</summary>
    public bool NeverElect { get; set; }

    /// <summary>dm-master: an eviction is accepted and does nothing.</summary>
    public bool IgnoreEvict { get; set; }

    /// <summary>dm-master: as a follower, answers as if it knew no leader.</summary>
    public bool NoForward { get; set; }

    /// <summary>dm-master: status without the fields that came after v2.0.</summary>
    public bool OldJson { get; set; }

    /// <summary>dm-worker: ms that each subtask takes to stop, one after the other.</summary>
    public int SubTaskStopMs { get; set; } = 100;

    /// <summary>dm-worker: ms from New to Running.</summary>
    public int SubTaskInitMs { get; set; } = 300;

    /// <summary>dm-worker: task name (or <c>*</c>) to the error with which it pauses instead of running.</summary>
    public IReadOnlyDictionary<string, string> SubTaskErrors { get; set; } = new Dictionary<string, string>();

    /// <summary>dm-worker: a subtask that paused with an error runs again after so many ms; 0 means never.</summary>
    public int AutoRecoverMs { get; set; }

    /// <summary>dm-worker: gives up its lease before it stops its subtasks, as DM did before v6.0.</summary>
    public bool LegacyStopOrder { get; set; }
}

/// <summary>Where the knobs of a deployed stand-in are.</summary>
public static class KnobsFile
{
    /// <summary>In the deploy directory, which is the working directory of its process.</summary>
    public const string Name = KnobFile.Name;

    public static byte[] Bytes(Knobs knobs) => JsonSerializer.SerializeToUtf8Bytes(knobs, KnobsJson.Default.Knobs);
}

/// <summary>The file of the knobs, read again when it changes.</summary>
internal sealed class KnobFile(string path)
{
    public const string Name = "double.json";

    private readonly Lock _lock = new();
    private long _checkedAt = long.MinValue;
    private DateTime _stamp;
    private Knobs _knobs = new();

    public Knobs Now
    {
        get
        {
            lock (_lock)
            {
                var now = Environment.TickCount64;
                if (now - 50 > _checkedAt)
                {
                    _checkedAt = now;
                    Reload();
                }

                return _knobs;
            }
        }
    }

    private void Reload()
    {
        var stamp = File.GetLastWriteTimeUtc(path);
        if (stamp == _stamp)
        {
            return;
        }

        try
        {
            _knobs = File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), KnobsJson.Default.Knobs)! : new Knobs();
            _stamp = stamp;
        }
        catch (JsonException)
        {
            // Somebody is writing it: the next look sees all of it.
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Knobs))]
internal sealed partial class KnobsJson : JsonSerializerContext;
