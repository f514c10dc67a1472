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

        var error = await IsRefusedAsync(cluster, build);

        Assert.Matches("^Error: host1 is amd64, but the dm-worker in .* is built for arm64; ", error);
    }

    [Fact]
    public async Task A_binary_that_cannot_run_on_the_host_is_refused_before_anything_stops()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.ThatCannotBeLoaded(LabNode.Worker);

        var error = await IsRefusedAsync(cluster, build);

        Assert.Matches(
            """
            ^Error: (host\d):8262: the new dm-worker does not run on \1: `dm-worker -V` ended with exit code 1: error while loading shared libraries: libfix\.so\.1: cannot open shared object file: No such file or directory
            No node was changed\.$
            """,
            error);
    }

    [Fact]
    public async Task A_binary_that_exits_at_once_is_rolled_back()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.ThatExitsAtOnce(LabNode.Worker);

        var result = await PatchAsync(cluster, build.Path, "-R", "dm-worker");

        await ExitsAsync(4, result, cluster);
        Assert.Matches(
            """
            ^Error: host\d:8262 failed and was rolled back, it is healthy again: it ended right after its start \(exit-code, status 2\); it last said:
            panic: this build does not start
            No other node was touched\.$
            """,
            ErrorOf(cluster, result).Replace("\n    ", "\n", StringComparison.Ordinal));
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

        var error = await IsRefusedAsync(cluster, build);

        Assert.Matches(@"^Error: host3 has 0\.1 MB free on /home/tidb/dm/deploy, but host3:8262 needs? [\d.]+ MB for staging and backup$", error);
    }

    [Fact]
    public async Task Missing_sudo_is_found_before_anything_stops()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.Hotfix(LabNode.Worker);
        await cluster.Hosts[2].ExecAsync("rm /etc/sudoers.d/tidb", Cancellation);

        var error = await IsRefusedAsync(cluster, build);

        Assert.Equal(
            "Error: host3:8262: sudo on host3 does not let dm-worker-8262.service be stopped without a password (sudo: a password is required); " +
            "allow it with a line in /etc/sudoers.d: tidb ALL=(root) NOPASSWD: /usr/bin/systemctl",
            error);
    }

    [Fact]
    public async Task A_changed_host_key_stops_everything()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.Hotfix(LabNode.Worker);
        await ExitsAsync(0, await cluster.Product.RunAsync(Cancellation, "plan", "dm-test", build.Path, "-R", "dm-worker"), cluster);
        await cluster.Hosts[2].ExecAsync(
            "rm /etc/ssh/ssh_host_* && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key && systemctl restart ssh", Cancellation);

        var error = await IsRefusedAsync(cluster, build);

        Assert.StartsWith("Error: The host key of tidb@host3:22 is not the recorded one: the host was reinstalled, or somebody is between.", error, StringComparison.Ordinal);
        Assert.EndsWith("if it is right, forget the old key: ssh-keygen -f 'CLUSTER/ssh/known_hosts' -R 'host3'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_cut_off_from_the_start_is_named_and_nothing_happens()
    {
        await using var cluster = await StartAsync(new ClusterOptions { Hosts = 6 });
        var build = cluster.Builds.Hotfix(LabNode.Worker);
        var started = await StartTimesAsync(cluster.Nodes);
        await cluster.Hosts[5].CutAsync(Cancellation);

        var result = await PatchAsync(cluster, build.Path, "-R", "dm-worker");

        await cluster.Hosts[5].HealAsync(Cancellation);
        await ExitsAsync(3, result, cluster);
        Assert.Contains("tidb@host6:22", ErrorOf(cluster, result), StringComparison.Ordinal);
        await IsUntouchedAsync(cluster, started);
    }

    [Fact]
    public async Task A_host_that_is_cut_off_between_two_nodes_stops_the_run_and_the_same_command_goes_on_later()
    {
        await using var cluster = await StartAsync(new ClusterOptions { Hosts = 6 });
        var build = cluster.Builds.Hotfix(LabNode.Worker);

        var running = PatchAsync(cluster, build.Path, "-R", "dm-worker");
        await WhileRunningAsync(running, "the first worker is patched", () => Task.FromResult(cluster.Profile.PatchedNodes > 0));
        var cut = (await FirstAsync(cluster.Workers.Reverse(), async node => await node.InstalledHashAsync(Cancellation) != build.Sha256)).Host;
        await cut.CutAsync(Cancellation);
        var first = await running;
        await cut.HealAsync(Cancellation);
        await cluster.WaitHealthyAsync(Cancellation);
        var second = await PatchAsync(cluster, build.Path, "-R", "dm-worker");

        await ExitsAsync(1, first, cluster);
        Assert.Contains(cut.Address, first.Error, StringComparison.Ordinal);
        await IsPatchedAsync(cluster, build, second);
    }

    [Fact]
    public async Task A_host_that_is_cut_off_while_its_node_is_down_is_reported_and_the_same_command_starts_it_later()
    {
        await using var cluster = await StartAsync(new ClusterOptions { Hosts = 6, StopTime = TimeSpan.FromSeconds(3) });
        var build = cluster.Builds.Hotfix(LabNode.Worker);

        var running = PatchAsync(cluster, build.Path, "-R", "dm-worker");
        var down = await WhileRunningAsync(running, "a worker is being stopped", async () =>
            await FirstOrNullAsync(cluster.Workers, async node => await node.UnitStateAsync(Cancellation) != "active"));
        await down.Host.CutAsync(Cancellation);
        var first = await running;
        await down.Host.HealAsync(Cancellation);
        var second = await Eventually.GetAsync(
            "the host is reached again and the run goes through",
            async () => await PatchAsync(cluster, build.Path, "-R", "dm-worker") is { ExitCode: not 3 } result ? result : null,
            Cancellation);

        await ExitsAsync(1, first, cluster);
        Assert.Contains(down.Id, first.Error, StringComparison.Ordinal);
        await IsPatchedAsync(cluster, build, second);
    }

    private static async Task IsPatchedAsync(LabCluster cluster, StandInBuild build, CommandResult result)
    {
        await ExitsAsync(0, result, cluster);
        await HaveAsync(cluster.Workers, build);
        await cluster.WaitHealthyAsync(Cancellation);
        Assert.Equal(3, cluster.Profile.PatchedNodes);
    }

    /// <summary>Refused with exit code 3, and nothing happened to the cluster.</summary>
    /// <returns>The error, as <see cref="ClusterTest.ErrorOf"/> has it.</returns>
    private static async Task<string> IsRefusedAsync(LabCluster cluster, StandInBuild build)
    {
        var started = await StartTimesAsync(cluster.Nodes);

        var result = await PatchAsync(cluster, build.Path, "-R", "dm-worker");

        await ExitsAsync(3, result, cluster);
        await IsUntouchedAsync(cluster, started);
        return ErrorOf(cluster, result);
    }

    private static Task<T> WhileRunningAsync<T>(Task<CommandResult> running, string what, Func<Task<T?>> ask)
        where T : class =>
        Eventually.GetAsync(
            what,
            async () => running.IsCompleted ? throw new LabException($"the run ended before {what}: {await running}") : await ask(),
            Cancellation);

    private static Task WhileRunningAsync(Task<CommandResult> running, string what, Func<Task<bool>> ask) =>
        WhileRunningAsync(running, what, async () => await ask() ? "yes" : null);

    private static async Task<LabNode> FirstAsync(IEnumerable<LabNode> nodes, Func<LabNode, Task<bool>> isIt) =>
        await FirstOrNullAsync(nodes, isIt) ?? throw new LabException("none of the nodes is the one that the test needs");

    private static async Task<LabNode?> FirstOrNullAsync(IEnumerable<LabNode> nodes, Func<LabNode, Task<bool>> isIt)
    {
        foreach (var node in nodes)
        {
            if (await isIt(node))
            {
                return node;
            }
        }

        return null;
    }
}
