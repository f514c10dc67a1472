using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DmDouble.Wire;

namespace DmDouble.State;

/// <summary>A change of the shared state: deterministic, and refused as a whole or done as a whole.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Publish), nameof(Publish))]
[JsonDerivedType(typeof(AddMember), nameof(AddMember))]
[JsonDerivedType(typeof(RemoveMember), nameof(RemoveMember))]
[JsonDerivedType(typeof(GrantLease), nameof(GrantLease))]
[JsonDerivedType(typeof(RevokeLease), nameof(RevokeLease))]
[JsonDerivedType(typeof(Enter), nameof(Enter))]
[JsonDerivedType(typeof(Withdraw), nameof(Withdraw))]
[JsonDerivedType(typeof(RegisterWorker), nameof(RegisterWorker))]
[JsonDerivedType(typeof(RemoveWorker), nameof(RemoveWorker))]
[JsonDerivedType(typeof(KeepAlive), nameof(KeepAlive))]
[JsonDerivedType(typeof(Bind), nameof(Bind))]
[JsonDerivedType(typeof(Unbind), nameof(Unbind))]
[JsonDerivedType(typeof(AddSource), nameof(AddSource))]
[JsonDerivedType(typeof(SetTaskStage), nameof(SetTaskStage))]
[JsonDerivedType(typeof(Checkpoint), nameof(Checkpoint))]
internal abstract record Command
{
    /// <returns>The new state; the same one where there is nothing to do.</returns>
    /// <exception cref="RefusedException">The command does not fit the state.</exception>
    public ClusterState Apply(ClusterState state)
    {
        var next = Change(state);
        return ReferenceEquals(next, state) ? state : next with { Revision = state.Revision + 1 };
    }

    protected abstract ClusterState Change(ClusterState state);

    protected static WorkerEntry Registered(ClusterState state, string name) =>
        state.Workers.GetValueOrDefault(name) ?? throw new RefusedException(DmErrors.NoSuchWorker(name));
}

internal sealed class RefusedException(string message) : Exception(message);

/// <summary>A member has started and says where its clients find it.</summary>
internal sealed record Publish(string Name, ImmutableList<string> ClientUrls) : Command
{
    protected override ClusterState Change(ClusterState state)
    {
        var member = state.Members.GetValueOrDefault(Name) ?? throw new RefusedException(DmErrors.NoSuchMaster(Name));
        return member.ClientUrls.SequenceEqual(ClientUrls) ? state : state with { Members = state.Members.SetItem(Name, member with { ClientUrls = ClientUrls }) };
    }
}

internal sealed record AddMember(Member Member) : Command
{
    protected override ClusterState Change(ClusterState state) =>
        state.Members.TryGetValue(Member.Name, out var known)
            ? known.PeerUrl == Member.PeerUrl ? state : throw new RefusedException($"member {Member.Name} exists with peer URL {known.PeerUrl}")
            : state with { Members = state.Members.Add(Member.Name, Member) };
}

internal sealed record RemoveMember(string Name) : Command
{
    protected override ClusterState Change(ClusterState state) =>
        state.Members.ContainsKey(Name) ? state with { Members = state.Members.Remove(Name) } : throw new RefusedException(DmErrors.NoSuchMaster(Name));
}

internal sealed record GrantLease(Lease Lease) : Command
{
    protected override ClusterState Change(ClusterState state) => state with { Leases = state.Leases.SetItem(Lease.Id, Lease) };
}

/// <summary>The lease has run out or was given back; the keys that hang on it go with it.</summary>
internal sealed record RevokeLease(string Id) : Command
{
    protected override ClusterState Change(ClusterState state)
    {
        if (!state.Leases.ContainsKey(Id))
        {
            return state;
        }

        var workers = state.Workers;
        foreach (var worker in workers.Values.Where(w => w.LeaseId == Id))
        {
            workers = workers.SetItem(worker.Name, worker with { LeaseId = null });
        }

        return state with { Leases = state.Leases.Remove(Id), Campaigns = state.Campaigns.Remove(Id), Workers = workers };
    }
}

/// <summary>Enters the election, behind those who are in it already.</summary>
internal sealed record Enter(string LeaseId, string Name, string Addr) : Command
{
    protected override ClusterState Change(ClusterState state) =>
        state.Leases.ContainsKey(LeaseId)
            ? state with { Campaigns = state.Campaigns.SetItem(LeaseId, new Campaign(LeaseId, Name, Addr, state.Revision + 1)) }
            : throw new RefusedException("etcdserver: requested lease not found");
}

internal sealed record Withdraw(string LeaseId) : Command
{
    protected override ClusterState Change(ClusterState state) =>
        state.Campaigns.ContainsKey(LeaseId) ? state with { Campaigns = state.Campaigns.Remove(LeaseId) } : state;
}

internal sealed record RegisterWorker(string Name, string Addr) : Command
{
    protected override ClusterState Change(ClusterState state) =>
        state.Workers.TryGetValue(Name, out var known)
            ? known.Addr == Addr ? state : throw new RefusedException(DmErrors.WorkerExists(Name, known.Addr))
            : state with { Workers = state.Workers.Add(Name, new WorkerEntry(Name, Addr)) };
}

internal sealed record RemoveWorker(string Name) : Command
{
    protected override ClusterState Change(ClusterState state) =>
        Registered(state, Name).IsAlive ? throw new RefusedException(DmErrors.WorkerOnline(Name)) : state with { Workers = state.Workers.Remove(Name) };
}

/// <summary>Hangs the worker's keepalive key on a lease.</summary>
internal sealed record KeepAlive(string Name, string LeaseId) : Command
{
    protected override ClusterState Change(ClusterState state) =>
        state.Leases.ContainsKey(LeaseId)
            ? state with { Workers = state.Workers.SetItem(Name, Registered(state, Name) with { LeaseId = LeaseId }) }
            : throw new RefusedException("etcdserver: requested lease not found");
}

internal sealed record Bind(string Worker, string Source) : Command
{
    protected override ClusterState Change(ClusterState state)
    {
        var worker = Registered(state, Worker);
        return worker is { IsAlive: true, Bound: null } && state.Sources.ContainsKey(Source) && state.WorkerOf(Source) is null
            ? state with { Workers = state.Workers.SetItem(Worker, worker with { Bound = Source, LastBound = Source }) }
            : throw new RefusedException($"[code=46006:class=scheduler:scope=internal:level=medium], Message: invalid stage transformation for dm-worker {Worker}, from {worker.Stage} to bound");
    }
}

internal sealed record Unbind(string Worker) : Command
{
    protected override ClusterState Change(ClusterState state) =>
        state.Workers.TryGetValue(Worker, out var worker) && worker.Bound is not null
            ? state with { Workers = state.Workers.SetItem(Worker, worker with { Bound = null }) }
            : state;
}

internal sealed record AddSource(SourceEntry Source) : Command
{
    protected override ClusterState Change(ClusterState state) => state with { Sources = state.Sources.SetItem(Source.Name, Source) };
}

internal sealed record SetTaskStage(string Task, ImmutableList<string> Sources, string Stage) : Command
{
    protected override ClusterState Change(ClusterState state)
    {
        var sources = state.Sources;
        foreach (var name in Sources)
        {
            if (sources.TryGetValue(name, out var source) && source.Tasks.TryGetValue(Task, out var task) && task.Stage != Stage)
            {
                sources = sources.SetItem(name, source with { Tasks = source.Tasks.SetItem(Task, task with { Stage = Stage }) });
            }
        }

        return ReferenceEquals(sources, state.Sources) ? state : state with { Sources = sources };
    }
}

/// <summary>A worker has flushed how far a subtask came.</summary>
internal sealed record Checkpoint(string Source, string Task, long Position) : Command
{
    protected override ClusterState Change(ClusterState state) =>
        state.Sources.TryGetValue(Source, out var source) && source.Tasks.TryGetValue(Task, out var task) && task.Position < Position
            ? state with { Sources = state.Sources.SetItem(Source, source with { Tasks = source.Tasks.SetItem(Task, task with { Position = Position }) }) }
            : state;
}
