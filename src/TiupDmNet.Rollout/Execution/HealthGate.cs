using TiupDmNet.Clusters.Topology;
using TiupDmNet.DataMigration;
using TiupDmNet.Hosts;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Events;

namespace TiupDmNet.Rollout.Execution;

/// <summary>A node did not become healthy, or did not stay so.</summary>
internal sealed class UnhealthyException(string message) : Exception(message);

/// <summary>
/// Waits until a started node is healthy in DM's terms and stays so: its process runs the expected binary and is not restarted,
/// it answers with that build, DM counts it in, and every source and task is as well as before.
/// </summary>
internal sealed class HealthGate(RunTools tools, Node node, NodeDirectory directory)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private const int Polls = 3;
    private static readonly UnitStatus Unknown = new("", "", "", "", 0, 0, 0, null);

    /// <summary>Returns when the node has been healthy for <paramref name="settle"/>; the result is the moment it first was.</summary>
    /// <param name="sha256">Of the executable that must run.</param>
    /// <param name="build">What it must say about itself, null when that is not known.</param>
    /// <param name="baseline">The cluster before the node was touched, null for components that DM does not know.</param>
    /// <param name="settle">How long it must stay healthy.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="UnhealthyException">It ended, or was not healthy in time.</exception>
    public async Task<long> WaitAsync(string sha256, BuildInfo? build, DmSnapshot? baseline, TimeSpan settle, CancellationToken cancellation)
    {
        var begun = tools.Time.GetTimestamp();
        var limit = tools.Context.WaitTimeout;
        int? pid = null;
        long? healthySince = null;
        var polls = 0;
        while (true)
        {
            var (process, unreachable) = await LookAsync(cancellation).ConfigureAwait(false);
            if (process.Unit.ActiveState == "failed" || process.Unit.SubState == "auto-restart")
            {
                throw new UnhealthyException($"it ended right after its start ({process.Unit.Result}, status {process.Unit.ExecMainStatus})");
            }

            if (pid is { } before && unreachable.Length == 0 && process.Unit.MainPid != before)
            {
                throw new UnhealthyException($"its process ended and systemd started another one ({process.Unit.Restarts} restarts)");
            }

            if (process.Unit.MainPid > 0)
            {
                pid ??= process.Unit.MainPid;
            }

            var missing = unreachable.Length > 0 ? unreachable : await MissingAsync(process, sha256, build, baseline, cancellation).ConfigureAwait(false);
            if (missing.Length == 0)
            {
                healthySince ??= tools.Time.GetTimestamp();
                polls++;
                if (polls >= Polls && tools.Time.GetElapsedTime(healthySince.Value) >= settle)
                {
                    return healthySince.Value;
                }
            }
            else
            {
                healthySince = null;
                polls = 0;
                await tools.Events.PublishAsync(new NodeAwaited(missing), node.Id).ConfigureAwait(false);
                if (tools.Time.GetElapsedTime(begun) > limit)
                {
                    throw new UnhealthyException($"not healthy after {limit.TotalSeconds:0} s: {missing}");
                }
            }

            await Task.Delay(baseline is null ? Poll : Pace.Between(baseline), tools.Time, cancellation).ConfigureAwait(false);
        }
    }

    // A network that is away for a moment says nothing about the node.
    private async Task<(NodeProcess Process, string Unreachable)> LookAsync(CancellationToken cancellation)
    {
        try
        {
            return (await directory.LookAsync(cancellation).ConfigureAwait(false), "");
        }
        catch (HostException e) when (e.Failure is HostFailure.Unreachable or HostFailure.Lost)
        {
            return (new NodeProcess(Unknown, ""), e.Message);
        }
    }

    private async Task<string> MissingAsync(NodeProcess process, string sha256, BuildInfo? build, DmSnapshot? baseline, CancellationToken cancellation)
    {
        if (!process.Unit.IsActive || process.Unit.MainPid == 0)
        {
            return $"{node.UnitName} is {process.Unit.ActiveState}";
        }

        // bash, which the unit starts, becomes DM by exec: for a moment the process still is bash.
        if (process.Sha256 != sha256)
        {
            return "its process does not run the expected binary yet";
        }

        if (baseline is null)
        {
            return "";
        }

        try
        {
            return node.Component == "dm-master"
                ? await MasterMissingAsync(build, baseline, cancellation).ConfigureAwait(false)
                : await WorkerMissingAsync(build, baseline, cancellation).ConfigureAwait(false);
        }
        catch (DmException e)
        {
            return e.Message;
        }
    }

    private async Task<string> MasterMissingAsync(BuildInfo? build, DmSnapshot baseline, CancellationToken cancellation)
    {
        var api = tools.ControlPlane.Api;
        var master = tools.ControlPlane.Master(node.Name);
        var status = await api.ProbeMasterAsync(master, cancellation).ConfigureAwait(false);
        if (!status.Healthy)
        {
            return $"it says that it is not healthy: {status.Reason}";
        }

        if (OtherBuild(status.VersionText, build) is { Length: > 0 } other)
        {
            return other;
        }

        var seen = await api.ObserveThroughAsync(master, cancellation).ConfigureAwait(false);
        tools.ControlPlane.Gates.Saw(seen.Leader);
        if (seen.Leader.Length == 0)
        {
            return "it knows no leader";
        }

        return seen.Masters.FirstOrDefault(member => !member.Alive) is { } dead
            ? $"{dead.Name} is not alive"
            : Regressions(baseline, seen);
    }

    private async Task<string> WorkerMissingAsync(BuildInfo? build, DmSnapshot baseline, CancellationToken cancellation)
    {
        var api = tools.ControlPlane.Api;
        var status = await api.ProbeWorkerAsync(node.ManageHost, node.Port, cancellation).ConfigureAwait(false);
        if (OtherBuild(status.VersionText, build) is { Length: > 0 } other)
        {
            return other;
        }

        var seen = await api.ObserveAsync(cancellation).ConfigureAwait(false);
        tools.ControlPlane.Gates.Saw(seen.Leader);
        var worker = seen.Workers.FirstOrDefault(member => member.Name == node.Name);
        return worker is null or { Stage: WorkerStage.Offline }
            ? "the masters do not see it online yet"
            : Regressions(baseline, seen);
    }

    private static string Regressions(DmSnapshot baseline, DmSnapshot seen) =>
        string.Join("; ", seen.Problems.Concat(SnapshotComparison.Regressions(baseline, seen)).Take(3));

    private static string OtherBuild(string versionText, BuildInfo? expected)
    {
        var build = BuildInfo.Parse(versionText);
        return expected is null || build is null || build.GitCommit == expected.GitCommit
            ? ""
            : $"it answers as build {build.ReleaseVersion} {build.GitCommit}";
    }
}
