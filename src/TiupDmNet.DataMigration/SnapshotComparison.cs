namespace TiupDmNet.DataMigration;

/// <summary>
/// What got worse for replication between two pictures of a cluster. Who leads and which member is up is not its subject, and neither
/// is which worker a source is on: DM may move it.
/// </summary>
public static class SnapshotComparison
{
    private static readonly string[] Units = ["Check", "Dump", "Load", "Sync"];

    /// <summary>Sentences, by source and task; empty when all is at least as well as it was.</summary>
    public static IReadOnlyList<string> Regressions(DmSnapshot baseline, DmSnapshot now) =>
        [.. LostSources(baseline, now), .. SourcesOnSeveralWorkers(now), .. NewSourceTroubles(baseline, now), .. FallenSubtasks(baseline, now)];

    /// <summary>Sources that DM no longer knows, and those that had a worker and have none.</summary>
    public static IReadOnlyList<string> LostSources(DmSnapshot baseline, DmSnapshot now)
    {
        var present = now.Sources.ToDictionary(source => source.Source);
        var lost = new List<string>();
        foreach (var before in baseline.Sources)
        {
            if (!present.TryGetValue(before.Source, out var source))
            {
                lost.Add($"source {before.Source} is not known to DM any more");
            }
            else if (before.Worker.Length > 0 && source.Worker.Length == 0)
            {
                lost.Add($"source {before.Source} was bound to {before.Worker} and is bound to no worker{Because(source.Message)}");
            }
        }

        return lost;
    }

    /// <summary>Sources that more than one worker says it is bound to; that is never right. Workers that only pull its relay log do not count.</summary>
    public static IReadOnlyList<string> SourcesOnSeveralWorkers(DmSnapshot now) =>
        [.. now.Workers
            .Where(worker => worker.Stage == WorkerStage.Bound && worker.Source.Length > 0)
            .GroupBy(worker => worker.Source, worker => worker.Name)
            .Where(group => group.Count() > 1)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"source {group.Key} is bound to {group.Count()} workers: {string.Join(", ", group)}")];

    /// <summary>Bound sources in trouble that were not, and relay units that ran and do not.</summary>
    public static IReadOnlyList<string> NewSourceTroubles(DmSnapshot baseline, DmSnapshot now)
    {
        var present = now.Sources.Where(source => source.Worker.Length > 0).ToDictionary(source => source.Source);
        var troubles = new List<string>();
        foreach (var before in baseline.Sources.Where(source => source.Worker.Length > 0))
        {
            if (!present.TryGetValue(before.Source, out var source))
            {
                continue;
            }

            if (before.Message.Length == 0 && source.Message.Length > 0)
            {
                troubles.Add($"source {source.Source} is in trouble on {source.Worker}: {source.Message}");
            }
            else if (before.RelayStage == "Running" && source.RelayStage is not ("Running" or ""))
            {
                troubles.Add($"the relay log of source {source.Source} was Running and is {source.RelayStage}");
            }
        }

        return troubles;
    }

    /// <summary>
    /// Subtasks that are gone, whose stage fell, that went back to an earlier unit, or that have errors and had none. A subtask that its
    /// user paused may be shown as Paused before and as Stopped after a restart; one that had errors may keep them.
    /// </summary>
    public static IReadOnlyList<string> FallenSubtasks(DmSnapshot baseline, DmSnapshot now)
    {
        var present = now.Subtasks.ToLookup(subtask => (subtask.Source, subtask.Task));
        return [.. baseline.Subtasks.Select(before => Fall(before, [.. present[(before.Source, before.Task)]])).Where(sentence => sentence.Length > 0)];
    }

    private static string Fall(Subtask before, IReadOnlyList<Subtask> found)
    {
        var what = $"task {before.Task} on source {before.Source}";
        if (found.Count == 0)
        {
            return $"{what} is gone";
        }

        // Two reports of one subtask: the worse one counts.
        var now = found.FirstOrDefault(subtask => !MayFollow(before, subtask)) ?? found.FirstOrDefault(subtask => subtask.Errors.Count > 0) ?? found[0];
        if (!MayFollow(before, now))
        {
            return $"{what} was {before.Stage} and is {now.Stage}{Because(now.Errors)}";
        }

        if (before.Errors.Count == 0 && now.Errors.Count > 0)
        {
            return $"{what} has errors: {string.Join("; ", now.Errors)}";
        }

        return now.Stage == "Running" && Array.IndexOf(Units, now.Unit) is var unit and >= 0 && unit < Array.IndexOf(Units, before.Unit)
            ? $"{what} was in unit {before.Unit} and is in {now.Unit}"
            : "";
    }

    private static bool MayFollow(Subtask before, Subtask now) => (before.Stage, now.Stage) switch
    {
        (_, "Running" or "Finished") => true,
        ("Running" or "Finished", _) => false,
        ("Paused" or "Stopped", "Paused" or "Stopped") => true,
        ("Paused" or "Stopped", _) => before.Errors.Count > 0 && now.Stage != "InvalidStage",

        // It was on the way somewhere.
        _ => true,
    };

    private static string Because(string reason) => reason.Length > 0 ? $" ({reason})" : "";

    private static string Because(IReadOnlyList<string> reasons) => Because(string.Join("; ", reasons));
}
