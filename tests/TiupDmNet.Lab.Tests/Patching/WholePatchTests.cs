using TiupDmNet.Lab.Tests.Clusters;
using TiupDmNet.Lab.Tests.Hosts;

namespace TiupDmNet.Lab.Tests.Patching;

/// <summary>The main job, on three masters and three workers with a host each.</summary>
public sealed class WholePatchTests(HostLab lab) : ClusterTest(lab)
{
    private static readonly ClusterOptions SixHosts = new() { Hosts = 6, LeaderFirst = true };

    [Fact]
    public async Task Patching_workers_and_masters_loses_no_source_no_stage_and_never_runs_a_source_twice()
    {
        await using var cluster = await StartAsync(SixHosts);
        var before = await cluster.WaitHealthyAsync(Cancellation);
        var worker = cluster.Builds.Hotfix(LabNode.Worker);
        var master = cluster.Builds.Hotfix(LabNode.Master);

        var workers = await PatchAsync(cluster, worker.Path, "-R", "dm-worker");
        var masters = await PatchAsync(cluster, master.Path, "-R", "dm-master");

        await ExitsAsync(0, workers, cluster);
        await ExitsAsync(0, masters, cluster);
        await HaveAsync(cluster.Workers, worker);
        await HaveAsync(cluster.Masters, master);
        var after = await cluster.WaitHealthyAsync(Cancellation);
        Assert.Equal(before.Tasks, after.Tasks);
        Assert.Equal(before.BoundSources, after.BoundSources);
        var gaps = await cluster.ReadGapsAsync(Cancellation);
        GapLog.Write("3 dm-masters and 3 dm-workers patched", gaps);
        Assert.Empty(gaps.Overlaps);
        Assert.Empty(gaps.UnknownCalls);
        Assert.Equal(0, gaps.Kills);
    }

    [Fact]
    public async Task Patched_workers_are_marked_backed_up_and_kept_for_scale_out_with_overwrite()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.Hotfix(LabNode.Worker);
        var package = await HotfixPackage.CreateAsync(cluster.Builds.Directory, build, Cancellation);
        var masters = await StartTimesAsync(cluster.Masters);

        var result = await PatchAsync(cluster, package, "-R", "dm-worker", "--overwrite");

        await ExitsAsync(0, result, cluster);
        await HaveAsync(cluster.Workers, build);
        Assert.Equal(masters, await StartTimesAsync(cluster.Masters));
        Assert.Equal(3, cluster.Profile.PatchedNodes);
        var kept = $"dm-worker-{HotfixPackage.Sha1(package)[..7]}.tar.gz";
        Assert.Equal(kept, new FileInfo(cluster.Profile.PathOf("patch/dm-worker.tar.gz")).LinkTarget);
        Assert.Equal(File.ReadAllBytes(package), File.ReadAllBytes(cluster.Profile.PathOf($"patch/{kept}")));
        Assert.True(await cluster.Workers[0].HasFileAsync(cluster.Workers[0].DeployDirectory + "/bin.old.v8.5.0/dm-worker/dm-worker", Cancellation));
    }

    [Fact]
    public async Task The_leader_is_patched_last_even_where_it_is_first_in_the_topology()
    {
        await using var cluster = await StartAsync(new ClusterOptions { LeaderFirst = true });
        var build = cluster.Builds.Hotfix(LabNode.Master);
        var package = await HotfixPackage.CreateAsync(cluster.Builds.Directory, build, Cancellation);

        var result = await PatchAsync(cluster, package, "-R", "dm-master");

        await ExitsAsync(0, result, cluster);
        await HaveAsync(cluster.Masters, build);
        var started = await StartTimesAsync(cluster.Masters);
        Assert.Equal(cluster.Masters[0], started.MaxBy(each => each.Value).Key);
    }

    [Fact]
    public async Task A_raw_binary_is_wrapped_and_put_on_the_one_node_that_was_named()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.Hotfix(LabNode.Master);
        var others = await StartTimesAsync(cluster.Nodes.Where(node => node != cluster.Masters[1]));

        var result = await PatchAsync(cluster, build.Path, "-N", cluster.Masters[1].Id);

        await ExitsAsync(0, result, cluster);
        await HaveAsync([cluster.Masters[1]], build);
        Assert.Equal(others, await StartTimesAsync(others.Keys));
        Assert.Equal(1, cluster.Profile.PatchedNodes);
    }

    [Fact]
    public async Task A_bundle_becomes_two_packages_that_patch_both_components()
    {
        await using var cluster = await StartAsync();
        var master = cluster.Builds.Hotfix(LabNode.Master);
        var worker = cluster.Builds.Hotfix(LabNode.Worker);
        var bundle = await HotfixPackage.CreateBundleAsync(cluster.Product.HomeDirectory, [master, worker], Cancellation);

        var built = await cluster.Product.RunAsync(Cancellation, "package", "build", "--bundle", bundle, "--version", "v8.5.0");
        var masters = await PatchAsync(cluster, "dm-master-hotfix-linux-amd64.tar.gz", "-R", "dm-master");
        var workers = await PatchAsync(cluster, "dm-worker-hotfix-linux-amd64.tar.gz", "-R", "dm-worker");

        await ExitsAsync(0, built, cluster);
        await ExitsAsync(0, masters, cluster);
        await ExitsAsync(0, workers, cluster);
        await HaveAsync(cluster.Masters, master);
        await HaveAsync(cluster.Workers, worker);
    }

    [Fact]
    public async Task Nodes_that_share_a_host_are_patched_one_after_the_other()
    {
        await using var cluster = await StartAsync(new ClusterOptions { Hosts = 2 });
        var build = cluster.Builds.Hotfix(LabNode.Worker);

        var result = await PatchAsync(cluster, build.Path, "-R", "dm-worker");

        await ExitsAsync(0, result, cluster);
        await HaveAsync(cluster.Workers, build);
        Assert.Empty((await cluster.ReadGapsAsync(Cancellation)).Overlaps);
    }

    [Fact]
    public async Task The_same_build_again_changes_nothing_and_says_so()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.Hotfix(LabNode.Worker);
        await ExitsAsync(0, await PatchAsync(cluster, build.Path, "-R", "dm-worker"), cluster);
        var started = await StartTimesAsync(cluster.Nodes);

        var again = await PatchAsync(cluster, build.Path, "-R", "dm-worker");

        await ExitsAsync(0, again, cluster);
        Assert.Equal(started, await StartTimesAsync(cluster.Nodes));
    }

    [Fact]
    public async Task Offline_replaces_the_files_of_a_stopped_cluster_and_starts_nothing()
    {
        await using var cluster = await StartAsync();
        var build = cluster.Builds.Hotfix(LabNode.Worker);
        foreach (var node in cluster.Workers.Concat(cluster.Masters))
        {
            await node.StopAsync(Cancellation);
        }

        var result = await PatchAsync(cluster, build.Path, "-R", "dm-worker", "--offline");

        await ExitsAsync(0, result, cluster);
        foreach (var node in cluster.Workers)
        {
            Assert.Equal(("inactive", build.Sha256), (await node.UnitStateAsync(Cancellation), await node.InstalledHashAsync(Cancellation)));
        }

        await Task.WhenAll(cluster.Nodes.Select(node => node.StartAsync(Cancellation)));
        await cluster.WaitHealthyAsync(Cancellation);
    }

    [Fact]
    public async Task Units_of_a_user_are_patched_without_sudo()
    {
        await using var cluster = await StartAsync(new ClusterOptions { UserMode = true });
        await Task.WhenAll(cluster.Hosts.Select(host => host.ExecAsync("rm /etc/sudoers.d/tidb", Cancellation)));
        var build = cluster.Builds.Hotfix(LabNode.Worker);

        var result = await PatchAsync(cluster, build.Path, "-R", "dm-worker");

        await ExitsAsync(0, result, cluster);
        await HaveAsync(cluster.Workers, build);
    }

    [Fact]
    public async Task A_cluster_with_TLS_is_patched()
    {
        await using var cluster = await StartAsync(new ClusterOptions { Tls = true, LeaderFirst = true });
        var worker = cluster.Builds.Hotfix(LabNode.Worker);
        var master = cluster.Builds.Hotfix(LabNode.Master);

        var workers = await PatchAsync(cluster, worker.Path, "-R", "dm-worker");
        var masters = await PatchAsync(cluster, master.Path, "-R", "dm-master");

        await ExitsAsync(0, workers, cluster);
        await ExitsAsync(0, masters, cluster);
        await HaveAsync(cluster.Workers, worker);
        await HaveAsync(cluster.Masters, master);
    }
}
