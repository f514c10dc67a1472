using DmDouble;
using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Runs;

/// <summary>What is refused before anything changes: exit code 3, one sentence, every process as it was.</summary>
public sealed class RefusalTests(OneMaster running) : IClassFixture<OneMaster>
{
    private LocalCluster Cluster => running.Cluster;

    [Fact]
    public async Task A_package_that_is_not_there() =>
        await RefusedAsync("specified package(/no/such.tar.gz) not exists", "/no/such.tar.gz");

    [Fact]
    public async Task A_directory_in_the_place_of_a_package()
    {
        var directory = Directory.CreateDirectory(running["unpacked"]).FullName;

        await RefusedAsync($"{directory} is a directory; pack it first: tar -czf package.tar.gz -C {directory} .", directory);
    }

    [Fact]
    public async Task An_executable_that_could_be_any_component()
    {
        var binary = running["fixed"];
        File.Copy(running.Binary("dm-worker", '1'), binary);

        await RefusedAsync($"{binary} is a bare executable whose name does not tell its component; name it with -R, e.g. -R dm-worker", binary);
    }

    [Fact]
    public async Task Two_components_at_once() =>
        await RefusedAsync(
            "can't patch more than one component at once: [dm-master dm-worker]; run one patch for each",
            running.Binary("dm-worker", '2'), "-R", "dm-master,dm-worker");

    [Fact]
    public async Task Nodes_of_two_components() =>
        await RefusedAsync(
            "can't patch more than one component at once: [dm-master dm-worker]; run one patch for each",
            running.Binary("dm-worker", '2'), "-N", $"{Cluster.Masters[0].Id},{Cluster.Workers[0].Id}");

    [Fact]
    public async Task A_package_of_another_component()
    {
        var package = await PackAsync();

        await RefusedAsync($"{package} holds dm-worker, not dm-master; it holds dm-worker/dm-worker", package, "-R", "dm-master");
    }

    [Fact]
    public async Task A_role_that_the_cluster_does_not_have() =>
        await RefusedAsync("no instance found on specified role([grafana]) and nodes([])", running.Binary("dm-worker", '2'), "-R", "grafana");

    [Fact]
    public async Task A_release_that_is_another_one()
    {
        var node = Cluster.Workers[0].Id;

        await RefusedAsync(
            $"{node}: the new dm-worker is v9.1.0, which is another release than v8.5.0; a patch stays within one release (use `tiup dm upgrade`), or say --allow-other-release\nNo node was changed.",
            running.Binary("dm-worker", '3', "v9.1.0"), "-N", node);
    }

    [Fact]
    public async Task The_only_master()
    {
        await RefusedAsync(
            "dm-test is not in a state to be patched: P3: with 1 dm-master there is no control plane while one restarts; say --accept-control-plane-outage if that is all right",
            running.Binary("dm-master", '4'));
    }

    [Fact]
    public async Task The_ssh_engine_that_this_build_does_not_have() =>
        await RefusedAsync("--ssh builtin: this build has no built-in SSH engine; use --ssh system, which runs the OpenSSH client", running.Binary("dm-worker", '5'), "--ssh", "builtin");

    [Fact]
    public async Task A_scale_out_that_is_half_done()
    {
        var lockFile = Path.Combine(Cluster.ClusterDirectory, ".scale-out.yaml");
        await File.WriteAllTextAsync(lockFile, "worker_servers: []\n", TestContext.Current.CancellationToken);
        try
        {
            await RefusedAsync(
                "Scale-out file lock already exists: a scale-out of dm-test is half done; finish it, or patch its stopped nodes with --offline",
                running.Binary("dm-worker", '6'));
        }
        finally
        {
            File.Delete(lockFile);
        }
    }

    private async Task<string> PackAsync()
    {
        var package = running["whole.tar.gz"];
        var binary = running.Binary("dm-worker", '2');
        var ended = await ChildProcess.EndAsync(ChildProcess.Start(
            Cluster.Environment, "tar", "-czf", package, "-C", Path.GetDirectoryName(binary)!, "--transform", "s,^,dm-worker/,", Path.GetFileName(binary)));
        Assert.True(ended.ExitCode == 0, ended.Error);
        return package;
    }

    private async Task RefusedAsync(string reason, params string[] arguments)
    {
        var before = await ProcessesAsync();

        var ran = await running.RunAsync(["dm-test", .. arguments, "-y"]);

        Assert.Equal($"Error: {reason}\n", ran.Error[Math.Max(0, ran.Error.LastIndexOf("Error: ", StringComparison.Ordinal))..]);
        Assert.Equal(3, ran.ExitCode);
        Assert.Equal(before, await ProcessesAsync());
    }

    private async Task<string> ProcessesAsync() =>
        string.Join(' ', await Task.WhenAll(Cluster.Nodes.Select(node => Cluster.PropertyAsync(node, "MainPID", TestContext.Current.CancellationToken))));
}
