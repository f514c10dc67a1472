namespace TiupDmNet.DataMigration;

/// <summary>One consistent picture of a DM cluster, as one master gave it. It never changes.</summary>
public sealed record DmSnapshot
{
    /// <summary>Client address of the master that answered, host:port.</summary>
    public required string AnsweredBy { get; init; }

    public required DateTimeOffset TakenAt { get; init; }

    /// <summary>Member name; "" when there is none.</summary>
    public required string Leader { get; init; }

    /// <summary>By name.</summary>
    public required IReadOnlyList<MasterMember> Masters { get; init; }

    /// <summary>By name.</summary>
    public required IReadOnlyList<WorkerMember> Workers { get; init; }

    /// <summary>Every source DM knows, bound or not, by name.</summary>
    public required IReadOnlyList<SourceBinding> Sources { get; init; }

    /// <summary>By source, then task.</summary>
    public required IReadOnlyList<Subtask> Subtasks { get; init; }

    /// <summary>Inner messages that say that a part of the picture is missing or wrong; empty when the picture is whole.</summary>
    public required IReadOnlyList<string> Problems { get; init; }
}

/// <param name="Name">Member name.</param>
/// <param name="MemberId">etcd member id (uint64 as text).</param>
/// <param name="Alive">Only says that its client port answered something within a second.</param>
/// <param name="ClientUrls">Empty when it has never started.</param>
public sealed record MasterMember(string Name, string MemberId, bool Alive, IReadOnlyList<string> ClientUrls);

public enum WorkerStage
{
    Offline,
    Free,
    Bound,
    Relay,
    Unknown,
}

/// <param name="Name">Member name.</param>
/// <param name="Address">host:port.</param>
/// <param name="Stage">See pingcap/tiflow dm/master/scheduler/worker.go:34.</param>
/// <param name="Source">The bound source, "" when free.</param>
/// <param name="WrittenStage">The stage as DM wrote it.</param>
public sealed record WorkerMember(string Name, string Address, WorkerStage Stage, string Source, string WrittenStage);

/// <param name="Source">Source id.</param>
/// <param name="Worker">Worker name, "" when unbound.</param>
/// <param name="Message">What DM says about it: why it is unbound, or what troubles it where it is; "" when fine.</param>
public sealed record SourceBinding(string Source, string Worker, string Message)
{
    /// <summary>Stage of the relay log unit on the bound worker, "" when there is none.</summary>
    public string RelayStage { get; init; } = "";
}

/// <summary>One task on one source.</summary>
/// <param name="Task">Task name.</param>
/// <param name="Source">Source id.</param>
/// <param name="Worker">Who runs it.</param>
/// <param name="Stage">Running, Paused, Stopped, Finished, New, Pausing, Resuming, Stopping or InvalidStage.</param>
/// <param name="Unit">Check, Dump, Load, Sync, Relay or InvalidUnit.</param>
/// <param name="Errors">Messages; empty when it is well.</param>
/// <param name="SyncerBinlog">Flushed checkpoint, as DM prints it.</param>
/// <param name="SecondsBehindMaster">Null where the unit or the version does not say.</param>
/// <param name="DdlLock">Unresolved shard-DDL lock id, or "".</param>
public sealed record Subtask(string Task, string Source, string Worker, string Stage, string Unit, IReadOnlyList<string> Errors, string SyncerBinlog, long? SecondsBehindMaster, string DdlLock)
{
    /// <summary>The flushed checkpoint as a GTID set, "" where the task does not use them.</summary>
    public string SyncerGtid { get; init; } = "";
}

/// <summary>What one dm-master or dm-worker says about itself.</summary>
/// <param name="VersionText">The text of <c>GET /status</c>, same as <c>-V</c>.</param>
/// <param name="Healthy">dm-master: etcd answers a linearizable read; dm-worker: it answered.</param>
/// <param name="Reason">Why it is not healthy, or "".</param>
public sealed record ProcessStatus(string VersionText, bool Healthy, string Reason);
