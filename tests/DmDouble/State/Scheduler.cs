namespace DmDouble.State;

/// <summary>DM's rules for which worker handles which source (<c>dm/master/scheduler/scheduler.go</c>).</summary>
internal static class Scheduler
{
    /// <summary>The next change that is due; null when everything is as it should be.</summary>
    public static Command? Next(ClusterState state)
    {
        if (state.Workers.Values.FirstOrDefault(w => w is { IsAlive: false, Bound: not null }) is { } gone)
        {
            return new Unbind(gone.Name);
        }

        var free = state.Workers.Values.Where(w => w is { IsAlive: true, Bound: null }).ToList();
        var bound = state.Workers.Values.Select(w => w.Bound).ToHashSet();
        var orphans = state.Sources.Values.Where(s => !bound.Contains(s.Name)).ToList();
        if (free.Count == 0 || orphans.Count == 0)
        {
            return null;
        }

        return ByUnfinishedLoad(free, orphans) ?? ByLastBound(free, orphans) ?? new Bind(free[0].Name, orphans[0].Name);
    }

    private static Bind? ByUnfinishedLoad(List<WorkerEntry> free, List<SourceEntry> orphans) =>
        (from source in orphans
         from task in source.Tasks.Values
         where task.Unit == "Load"
         from worker in free
         where worker.Name == task.LoadWorker
         select new Bind(worker.Name, source.Name)).FirstOrDefault();

    private static Bind? ByLastBound(List<WorkerEntry> free, List<SourceEntry> orphans) =>
        (from worker in free
         from source in orphans
         where worker.LastBound == source.Name
         select new Bind(worker.Name, source.Name)).FirstOrDefault();
}
