using System.Collections.Immutable;

namespace DmDouble.State;

/// <summary>What the real masters keep in etcd, as one value. It changes only by <see cref="Command"/>s that raft has ordered.</summary>
internal sealed record ClusterState
{
    /// <summary>Number of commands applied: etcd's revision.</summary>
    public long Revision { get; init; }

    public ImmutableSortedDictionary<string, Member> Members { get; init; } = ImmutableSortedDictionary<string, Member>.Empty;

    /// <summary>By lease id.</summary>
    public ImmutableSortedDictionary<string, Lease> Leases { get; init; } = ImmutableSortedDictionary<string, Lease>.Empty;

    /// <summary>Who wants to be DM leader, by lease id. The oldest entry leads.</summary>
    public ImmutableSortedDictionary<string, Campaign> Campaigns { get; init; } = ImmutableSortedDictionary<string, Campaign>.Empty;

    public ImmutableSortedDictionary<string, WorkerEntry> Workers { get; init; } = ImmutableSortedDictionary<string, WorkerEntry>.Empty;

    public ImmutableSortedDictionary<string, SourceEntry> Sources { get; init; } = ImmutableSortedDictionary<string, SourceEntry>.Empty;

    /// <summary>The elected DM leader; null while nobody campaigns.</summary>
    public Campaign? Leader() => Campaigns.Values.MinBy(c => c.CreateRevision);

    public WorkerEntry? WorkerOf(string source) => Workers.Values.FirstOrDefault(w => w.Bound == source);
}

/// <param name="Id">Raft member id, fixed by the peer URL and name.</param>
/// <param name="ClientUrls">Empty until the member has started once.</param>
internal sealed record Member(string Name, ulong Id, string PeerUrl, ImmutableList<string> ClientUrls);

internal sealed record Lease(string Id, int TtlMs);

internal sealed record Campaign(string LeaseId, string Name, string Addr, long CreateRevision);

/// <param name="LeaseId">Lease of the keepalive key; null while the worker is offline.</param>
/// <param name="Bound">Source that it is to handle.</param>
/// <param name="LastBound">Source that it handled last, preferred when it comes back.</param>
internal sealed record WorkerEntry(string Name, string Addr, string? LeaseId = null, string? Bound = null, string? LastBound = null)
{
    public bool IsAlive => LeaseId is not null;

    public string Stage => IsAlive ? Bound is null ? "free" : "bound" : "offline";
}

/// <param name="SinceMs">Unix ms at which the pretended upstream began to write.</param>
internal sealed record SourceEntry(string Name, long SinceMs, ImmutableSortedDictionary<string, TaskEntry> Tasks);

/// <param name="Stage">The stage that is wanted: Running, Paused or Finished.</param>
/// <param name="Unit">Sync, Load or Dump.</param>
/// <param name="LoadWorker">For Load: the worker that has the dump files.</param>
/// <param name="Position">Checkpoint: offset in the upstream's binlog.</param>
internal sealed record TaskEntry(string Name, string Stage, string Unit, string? LoadWorker = null, long Position = 0);
