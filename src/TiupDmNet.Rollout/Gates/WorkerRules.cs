using TiupDmNet.Clusters.Topology;
using TiupDmNet.DataMigration;
using TiupDmNet.Mirror;

namespace TiupDmNet.Rollout.Gates;

/// <summary>What speaks against restarting one particular dm-worker now.</summary>
internal static class WorkerRules
{
    /// <summary>A sentence, or null when nothing does.</summary>
    public static string? Objection(Node node, DmSnapshot seen, string clusterVersion, bool allowLoadRestart)
    {
        if (node.Component != "dm-worker")
        {
            return null;
        }

        var running = seen.Subtasks.Where(subtask => subtask.Worker == node.Name && subtask.Stage == "Running").ToList();
        // A Dump starts over and a Load finds its files on this worker only (spec of tiflow dm/master/scheduler).
        if (!allowLoadRestart && running.FirstOrDefault(subtask => subtask.Unit is "Dump" or "Load") is { } loading)
        {
            return $"{loading.Task} on {loading.Source} is in its {loading.Unit} unit on {node.Name}; wait until it is in Sync, or say --allow-load-restart";
        }

        // Before v6.0 a worker that stops gives its lease back before it stops its tasks: with a free worker at hand
        // the source would run on both for a moment.
        var old = TiupVersion.TryParse(clusterVersion, out var version) && version.Series is { Major: < 6 };
        var spare = seen.Workers.FirstOrDefault(worker => worker.Stage == WorkerStage.Free && worker.Name != node.Name);
        return old && running.Count > 0 && spare is not null
            ? $"DM {clusterVersion} would start {running[0].Source} on {spare.Name} before {node.Name} has let go of it; pause its tasks first, or stop {spare.Name}"
            : null;
    }
}
