using System.Collections.Immutable;
using DmDouble.State;

namespace DmDouble.Tests.State;

/// <summary>States to try rules on.</summary>
internal static class Cluster
{
    public static ClusterState With(params WorkerEntry[] workers) => new()
    {
        Workers = workers.ToImmutableSortedDictionary(w => w.Name, w => w),
        Leases = workers.Where(w => w.LeaseId is not null).ToImmutableSortedDictionary(w => w.LeaseId!, w => new Lease(w.LeaseId!, 1000)),
    };

    public static WorkerEntry Worker(string name, bool alive = true, string? bound = null, string? last = null) =>
        new(name, name + ":8262", alive ? "lease-" + name : null, bound, last ?? bound);

    public static ClusterState And(this ClusterState state, string source, params TaskEntry[] tasks) =>
        new AddSource(new SourceEntry(source, 0, tasks.ToImmutableSortedDictionary(t => t.Name, t => t))).Apply(state);
}
