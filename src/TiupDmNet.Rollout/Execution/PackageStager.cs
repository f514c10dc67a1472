using System.Collections.Concurrent;
using TiupDmNet.Hosts;
using TiupDmNet.Mirror;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Rollout.Execution;

/// <summary>A node ready for its turn.</summary>
internal sealed record StagedNode(PlannedNode Planned, NodeDirectory Directory, BuildInfo? Build);

/// <summary>
/// Brings the package to every host, once for each however many nodes live there, unpacks it beside what runs and tries it.
/// Nothing live changes.
/// </summary>
internal sealed class PackageStager(RunTools tools)
{
    public async Task<IReadOnlyList<StagedNode>> StageAsync(IReadOnlyList<PlannedNode> nodes, CancellationToken cancellation)
    {
        var staged = new ConcurrentBag<StagedNode>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, tools.Context.Concurrency), CancellationToken = cancellation };
        await Parallel.ForEachAsync(
            nodes.GroupBy(node => tools.Hosts.AddressOf(node.Node)),
            options,
            async (group, token) =>
            {
                foreach (var node in await StageHostAsync(group.Key, [.. group], token).ConfigureAwait(false))
                {
                    staged.Add(node);
                }
            }).ConfigureAwait(false);
        return staged.ToList();
    }

    private async Task<IReadOnlyList<StagedNode>> StageHostAsync(HostAddress address, IReadOnlyList<PlannedNode> nodes, CancellationToken cancellation)
    {
        var host = await tools.Hosts.ConnectAsync(address, cancellation).ConfigureAwait(false);
        var directories = nodes.ToDictionary(node => node, node => new NodeDirectory(host, tools.Hosts.Scope, node.Node, tools.Package, tools.Context.WaitTimeout));
        var shared = directories[nodes[0]].StagedPackage;
        var outcome = await host.UploadAsync(
            new Upload(tools.Package.Path, shared, tools.Package.Sha256, tools.Package.Size),
            new UploadProgress(tools.Events, address.Host, tools.Package.Size),
            cancellation).ConfigureAwait(false);
        await tools.Events.PublishAsync(new PackageUploaded(address.Host, Words(outcome))).ConfigureAwait(false);

        var staged = new List<StagedNode>();
        foreach (var node in nodes)
        {
            var said = await directories[node].StageAsync(shared, cancellation).ConfigureAwait(false);
            var build = BuildInfo.Parse(said);
            CheckSeries(node, build);
            await tools.Events.PublishAsync(new NodeStaged(build ?? new BuildInfo("", "", "", "", "")), node.Node.Id).ConfigureAwait(false);
            staged.Add(new StagedNode(node, directories[node], build));
        }

        return staged;
    }

    // A hotfix stays within its release series: across series the etcd data may not be readable by the older masters.
    private void CheckSeries(PlannedNode node, BuildInfo? build)
    {
        var now = Series(node.Before?.ReleaseVersion) ?? Series(tools.Cluster.Topology.Version);
        if (!tools.Request.AllowOtherRelease && Series(build?.ReleaseVersion) is { } next && now is { } current && next != current)
        {
            throw new RolloutException(
                $"{node.Node.Id}: the new {node.Node.Component} is {build!.ReleaseVersion}, which is another release than {node.Before?.ReleaseVersion ?? tools.Cluster.Topology.Version}; a patch stays within one release (use `tiup dm upgrade`), or say --allow-other-release");
        }
    }

    private static (int, int)? Series(string? version) => version is not null && TiupVersion.TryParse(version, out var parsed) ? parsed.Series : null;

    private static string Words(UploadOutcome outcome) => outcome switch
    {
        UploadOutcome.AlreadyThere => "was there already",
        UploadOutcome.Resumed => "uploaded, resuming an earlier upload",
        _ => "uploaded",
    };

    private sealed class UploadProgress(EventStream events, string host, long total) : IProgress<long>
    {
        // The stream keeps the order; progress is transient, so nobody has to wait for it.
        public void Report(long value) => _ = events.PublishAsync(new UploadAdvanced(host, value, total));
    }
}
