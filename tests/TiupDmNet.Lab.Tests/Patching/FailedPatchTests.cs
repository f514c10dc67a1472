using TiupDmNet.Lab.Tests.Clusters;
using TiupDmNet.Lab.Tests.Hosts;

namespace TiupDmNet.Lab.Tests.Patching;

/// <summary>What goes wrong in the middle of the night, and what the tool leaves behind then.</summary>
public sealed class FailedPatchTests(HostLab lab) : ClusterTest(lab)
{
    [Fact]
    public async Task A_binary_for_another_architecture_is_refused_before_anything_happens()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.ForAnotherArchitecture(LabNode.Worker);

        await IsRefusedAsync(cluster, build, "arm64", "-R", "dm-worker");
    }

    [Fact]
    public async Task A_binary_that_cannot_run_on_the_host_is_refused_before_anything_stops()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.ThatCannotBeLoaded(LabNode.Worker);

        await IsRefusedAsync(cluster, build, "libfix.so.1", "-R", "dm-worker");
    }

    [Fact]
    public async Task A_binary_that_exits_at_once_is_rolled_back()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.ThatExitsAtOnce(LabNode.Worker);

        var result = await PatchAsync(cluster, build.Path, "-R", "dm-worker");

        await ExitsAsync(4, result, cluster);
        await IsAsDeployedAsync(cluster);
    }

    [Fact]
    public async Task A_leader_whose_new_binary_exits_at_once_is_rolled_back_and_may_lead_again()
    {
        await using var cluster = await StartAsync(new ClusterOptions { LeaderFirst = true });
        var build = cluster.Builds.ThatExitsAtOnce(LabNode.Master);

        var result = await PatchAsync(cluster, build.Path, "-N", cluster.Masters[0].Id);

        await ExitsAsync(4, result, cluster);
        await IsAsDeployedAsync(cluster);
    }

    [Fact]
    public async Task A_full_disk_is_found_before_anything_stops()
    {
        await using var cluster = await StartAsync(new ClusterOptions { DeployDiskMegabytes = 128 });
        var build = cluster.Builds.Hotfix(LabNode.Worker);
        await cluster.Hosts[2].FillDiskAsync("/home/tidb/dm/deploy", 64, Cancellation);

        await IsRefusedAsync(cluster, build, cluster.Hosts[2].Address, "-R", "dm-worker");
    }

    [Fact]
    public async Task Missing_sudo_is_found_before_anything_stops()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.Hotfix(LabNode.Worker);
        await cluster.Hosts[2].ExecAsync("rm /etc/sudoers.d/tidb", Cancellation);

        await IsRefusedAsync(cluster, build, cluster.Hosts[2].Address, "-R", "dm-worker");
    }

    [Fact]
    public async Task A_changed_host_key_stops_everything()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.Hotfix(LabNode.Worker);
        await ExitsAsync(0, await cluster.Product.RunAsync(Cancellation, "plan", "dm-test", build.Path, "-R", "dm-worker"), cluster);
        await cluster.Hosts[2].ExecAsync(
            "rm /etc/ssh/ssh_host_* && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key && systemctl restart ssh", Cancellation);

        await IsRefusedAsync(cluster, build, cluster.Hosts[2].Address, "-R", "dm-worker");
    }

    [Fact]
    public async Task A_host_that_is_cut_off_from_the_start_is_named_and_nothing_happens()
    {
        await using var cluster = await StartAsync(new ClusterOptions { Hosts = 6 });
        var build = cluster.Builds.Hotfix(LabNode.Worker);
        var started = await StartTimesAsync(cluster.Nodes);
        var cut = cluster.Workers[2].Host;
        await cut.CutAsync(Cancellation);

        var result = await PatchAsync(cluster, build.Path, "-R", "dm-worker");

        await cut.HealAsync(Cancellation);
        await ExitsAsync(3, result, cluster);
        Assert.Contains(cut.Address, result.Error, StringComparison.Ordinal);
        await IsUntouchedAsync(cluster, started);
    }

    [Fact]
    public async Task A_host_that_is_cut_off_in_the_middle_stops_the_run_and_the_same_command_goes_on_later()
    {
        await using var cluster = await StartAsync(new ClusterOptions { Hosts = 6 });
        var build = cluster.Builds.Hotfix(LabNode.Worker);

        var running = PatchAsync(cluster, build.Path, "-R", "dm-worker");
        var cut = await CutLastOldWorkerAsync(cluster, running);
        var first = await running;
        await cut.HealAsync(Cancellation);
        await cluster.WaitHealthyAsync(Cancellation);
        var second = await PatchAsync(cluster, build.Path, "-R", "dm-worker");

        await ExitsAsync(1, first, cluster);
        Assert.Contains(cut.Address, first.Error, StringComparison.Ordinal);
        await ExitsAsync(0, second, cluster);
        await HaveAsync(cluster.Workers, build);
        await cluster.WaitHealthyAsync(Cancellation);
        Assert.Equal(3, cluster.Profile.PatchedNodes);
    }

    /// <summary>Waits until the first worker is patched, then pulls the cable of one that is not.</summary>
    private static async Task<LabHost> CutLastOldWorkerAsync(LabCluster cluster, Task<CommandResult> running)
    {
        await Eventually.IsTrueAsync(
            "the first worker is patched",
            () => running.IsCompleted ? throw new LabException($"the run ended too early: {running.Result}") : Task.FromResult(cluster.Profile.PatchedNodes > 0),
            Cancellation);
        var old = cluster.Builds.Installed(LabNode.Worker);
        foreach (var node in cluster.Workers.Reverse())
        {
            if (await node.InstalledHashAsync(Cancellation) == old.Sha256)
            {
                await node.Host.CutAsync(Cancellation);
                return node.Host;
            }
        }

        throw new LabException("all workers were patched before a cable could be pulled");
    }

    private static async Task IsRefusedAsync(LabCluster cluster, StandInBuild build, string reason, params string[] arguments)
    {
        var started = await StartTimesAsync(cluster.Nodes);

        var result = await PatchAsync(cluster, build.Path, arguments);

        await ExitsAsync(3, result, cluster);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        await IsUntouchedAsync(cluster, started);
    }
}
