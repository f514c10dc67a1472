using TiupDmNet.Lab.Tests.Clusters;
using TiupDmNet.Lab.Tests.Hosts;

namespace TiupDmNet.Lab.Tests;

/// <summary>The cluster of the other tests is one: healthy after its deployment, and after what happens to hosts.</summary>
public sealed class DeployedClusterTests(HostLab lab) : ClusterTest(lab)
{
    [Fact]
    public async Task A_deployed_cluster_runs_the_build_it_was_deployed_with()
    {
        await using var cluster = await StartAsync();

        await IsAsDeployedAsync(cluster);

        Assert.Contains("Release Version: v8.5.0\n", await cluster.Workers[0].VersionAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restarted_node_comes_back()
    {
        await using var cluster = await StartAsync();

        await cluster.Workers[0].RestartAsync(Cancellation);
        await cluster.Masters[0].RestartAsync(Cancellation);

        await cluster.WaitHealthyAsync(Cancellation);
    }

    [Fact]
    public async Task The_leader_is_where_in_the_topology_the_test_wants_it()
    {
        await using var cluster = await StartAsync(new ClusterOptions { LeaderFirst = true });

        var view = await cluster.WaitHealthyAsync(Cancellation);

        Assert.Equal(cluster.Masters[0].Name, view.Leader);
    }

    [Fact]
    public async Task A_cluster_survives_a_power_failure_of_one_host()
    {
        await using var cluster = await StartAsync();

        await cluster.Hosts[1].KillAsync(Cancellation);
        await cluster.Hosts[1].BootAsync(Cancellation);

        await cluster.WaitHealthyAsync(Cancellation);
    }

    [Fact]
    public async Task A_cluster_may_run_without_root()
    {
        await using var cluster = await StartAsync(new ClusterOptions { UserMode = true });

        await IsAsDeployedAsync(cluster);
    }

    [Fact]
    public async Task A_cluster_may_speak_TLS()
    {
        await using var cluster = await StartAsync(new ClusterOptions { Tls = true });

        await IsAsDeployedAsync(cluster);
    }
}
