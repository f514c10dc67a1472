using System.Text;
using TiupDmNet.Lab.Tests.Clusters;
using TiupDmNet.Lab.Tests.Hosts;

namespace TiupDmNet.Lab.Tests;

/// <summary>A test on a cluster of its own.</summary>
public abstract class ClusterTest(HostLab lab)
{
    /// <summary>Where the product waits and watches for the good of a real cluster, a test need not.</summary>
    private static readonly string[] Hurry = ["--settle", "1", "--wait-timeout", "60"];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected Task<LabCluster> StartAsync(ClusterOptions? options = null) =>
        LabCluster.StartAsync(lab, options ?? new ClusterOptions(), Cancellation);

    /// <summary>dotnet dm-patch dm-test PACKAGE … -y</summary>
    protected static Task<CommandResult> PatchAsync(LabCluster cluster, string package, params string[] arguments) =>
        cluster.Product.RunAsync(Cancellation, ["dm-test", package, .. arguments, "-y", .. Hurry]);

    protected static async Task ExitsAsync(int expected, CommandResult result, LabCluster cluster)
    {
        if (result.ExitCode != expected)
        {
            Assert.Fail($"expected exit code {expected}: {result}\n{await cluster.ReadLogsAsync()}");
        }
    }

    /// <summary>What the tool says last on stderr, from "Error:" on; hosts are called host1, host2, …, and places that differ from run to run by their names.</summary>
    protected static string ErrorOf(LabCluster cluster, CommandResult result)
    {
        var text = new StringBuilder(result.Error[Math.Max(0, result.Error.LastIndexOf("Error: ", StringComparison.Ordinal))..].TrimEnd());
        for (var i = cluster.Hosts.Count; i > 0; i--)
        {
            text.Replace(cluster.Hosts[i - 1].Address, $"host{i}");
        }

        return text.Replace(cluster.Builds.Directory, "BUILDS").Replace(cluster.Profile.PathOf(""), "CLUSTER").ToString();
    }

    /// <summary>Installed and running: exactly this build.</summary>
    protected static async Task HaveAsync(IEnumerable<LabNode> nodes, StandInBuild build)
    {
        foreach (var node in nodes)
        {
            Assert.Equal((node, "active", build.Sha256, build.Sha256), (
                node,
                await node.UnitStateAsync(Cancellation),
                await node.InstalledHashAsync(Cancellation),
                await node.RunningHashAsync(Cancellation)));
        }
    }

    /// <summary>Nothing happened: the builds of the deployment, the processes of the deployment, no mark in meta.yaml.</summary>
    protected static async Task IsUntouchedAsync(LabCluster cluster, IReadOnlyDictionary<LabNode, TimeSpan?> startedAt)
    {
        await IsAsDeployedAsync(cluster);
        Assert.Equal(startedAt, await StartTimesAsync(cluster.Nodes));
    }

    /// <summary>The builds of the deployment run, DM is whole, and meta.yaml calls no node patched.</summary>
    protected static async Task IsAsDeployedAsync(LabCluster cluster)
    {
        await HaveAsync(cluster.Masters, cluster.Builds.Installed(LabNode.Master));
        await HaveAsync(cluster.Workers, cluster.Builds.Installed(LabNode.Worker));
        await cluster.WaitHealthyAsync(Cancellation);
        Assert.Equal(0, cluster.Profile.PatchedNodes);
    }

    protected static async Task<IReadOnlyDictionary<LabNode, TimeSpan?>> StartTimesAsync(IEnumerable<LabNode> nodes)
    {
        var times = new Dictionary<LabNode, TimeSpan?>();
        foreach (var node in nodes)
        {
            times[node] = await node.StartedAtAsync(Cancellation);
        }

        return times;
    }
}
