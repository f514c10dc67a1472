using System.Diagnostics;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.Storage;
using TiupDmNet.Storage.Tests;

namespace TiupDmNet.Clusters.Tests;

public sealed class ClusterTests : IDisposable
{
    private const string Master = "172.16.100.21:8261";
    private const string Worker = "172.16.100.21:8262";

    private static readonly LockOwner Alice = new("alice", "control", 4711, new DateTimeOffset(2026, 4, 10, 10, 11, 12, TimeSpan.FromHours(8)), "patch dm-test x.tar.gz -R dm-worker");

    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Saves_a_mark_and_shows_it_at_once()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));

        await cluster.MarkPatchedAsync([Master, Worker], patched: true, CancellationToken.None);

        Assert.Equal(Fixtures.PatchedMeta("minimal"), await File.ReadAllTextAsync(_lab.MetaOf("dm-test")));
        Assert.All(cluster.Topology.Nodes, node => Assert.True(node.Patched));
    }

    [Fact]
    public async Task Keeps_what_was_there_under_the_name_that_TiUP_would_give_it()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        _lab.Time.Now = _lab.Time.Now.AddTicks(1234500);

        await cluster.MarkPatchedAsync([Master], patched: true, CancellationToken.None);

        var backup = Path.Combine(cluster.Paths.Backups, "meta-2026-04-10T10:11:12.12345+08:00.yaml");
        Assert.Equal([backup], Directory.EnumerateFileSystemEntries(cluster.Paths.Backups));
        Assert.Equal(Fixtures.Meta("minimal"), await File.ReadAllTextAsync(backup));
    }

    [Theory]
    [InlineData(8, 0, "2026-04-10T10:11:12+08:00")]
    [InlineData(0, 10, "2026-04-10T10:11:12.000001Z")]
    [InlineData(-3, 1, "2026-04-10T10:11:12.0000001-03:00")]
    public async Task Writes_times_as_Go_does(int zone, int ticks, string name)
    {
        _lab.Time.Now = new DateTimeOffset(2026, 4, 10, 10, 11, 12, TimeSpan.FromHours(zone)).AddTicks(ticks);
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));

        await cluster.MarkPatchedAsync([Master], patched: true, CancellationToken.None);

        Assert.True(File.Exists(Path.Combine(cluster.Paths.Backups, $"meta-{name}.yaml")));
    }

    [Fact]
    public async Task Keeps_a_backup_of_each_save_even_of_the_same_instant()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));

        await cluster.MarkPatchedAsync([Master], patched: true, CancellationToken.None);
        await cluster.MarkPatchedAsync([Worker], patched: true, CancellationToken.None);

        Assert.Equal(2, Directory.EnumerateFiles(cluster.Paths.Backups).Count());
    }

    [Fact]
    public async Task Does_nothing_where_nothing_changes()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.PatchedMeta("minimal"));
        var before = File.GetLastWriteTimeUtc(_lab.MetaOf("dm-test"));

        await cluster.MarkPatchedAsync([Master], patched: true, CancellationToken.None);

        Assert.False(Directory.Exists(cluster.Paths.Backups));
        Assert.Equal(before, File.GetLastWriteTimeUtc(_lab.MetaOf("dm-test")));
    }

    [Fact]
    public async Task Keeps_the_mode_and_the_byte_order_mark_of_the_file()
    {
        _lab.Deploy("dm-test", "\uFEFF" + Fixtures.Meta("minimal"));
        File.SetUnixFileMode(_lab.MetaOf("dm-test"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);

        await _lab.Store.Open("dm-test").MarkPatchedAsync([Master, Worker], patched: true, CancellationToken.None);

        Assert.Equal((byte[])[0xEF, 0xBB, 0xBF, .. System.Text.Encoding.UTF8.GetBytes(Fixtures.PatchedMeta("minimal"))], await File.ReadAllBytesAsync(_lab.MetaOf("dm-test")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(_lab.MetaOf("dm-test")));
    }

    [Fact]
    public async Task Saves_to_where_a_linked_meta_points()
    {
        _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        File.Move(_lab.MetaOf("dm-test"), _lab["shared.yaml"]);
        File.CreateSymbolicLink(_lab.MetaOf("dm-test"), _lab["shared.yaml"]);

        await _lab.Store.Open("dm-test").MarkPatchedAsync([Master, Worker], patched: true, CancellationToken.None);

        Assert.Equal(_lab["shared.yaml"], new FileInfo(_lab.MetaOf("dm-test")).LinkTarget);
        Assert.Equal(Fixtures.PatchedMeta("minimal"), await File.ReadAllTextAsync(_lab["shared.yaml"]));
    }

    [Fact]
    public async Task Builds_on_what_another_tool_saved_since()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        await File.WriteAllTextAsync(_lab.MetaOf("dm-test"), Fixtures.Meta("minimal").Replace("v8.5.0", "v8.5.1", StringComparison.Ordinal));

        await cluster.MarkPatchedAsync([Master, Worker], patched: true, CancellationToken.None);

        Assert.Equal(Fixtures.PatchedMeta("minimal").Replace("v8.5.0", "v8.5.1", StringComparison.Ordinal), await File.ReadAllTextAsync(_lab.MetaOf("dm-test")));
        Assert.Equal("v8.5.1", cluster.Topology.Version);
    }

    [Fact]
    public async Task Builds_on_what_another_tool_saves_while_it_saves_itself()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        var asked = 0;
        _lab.Time.OnAsked = () =>
        {
            // Asked for the name of the backup, between the reading and the writing.
            if (asked++ == 0)
            {
                File.WriteAllText(_lab.MetaOf("dm-test"), Fixtures.Meta("minimal").Replace("v8.5.0", "v8.5.1", StringComparison.Ordinal));
            }
        };

        await cluster.MarkPatchedAsync([Master, Worker], patched: true, CancellationToken.None);

        Assert.Equal(Fixtures.PatchedMeta("minimal").Replace("v8.5.0", "v8.5.1", StringComparison.Ordinal), await File.ReadAllTextAsync(_lab.MetaOf("dm-test")));
    }

    [Fact]
    public async Task Gives_up_on_a_file_that_never_rests()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        _lab.Time.OnAsked = () => File.AppendAllText(_lab.MetaOf("dm-test"), "# again\n");

        var failure = await Assert.ThrowsAsync<ClusterException>(() => cluster.MarkPatchedAsync([Master], patched: true, CancellationToken.None));

        Assert.Equal($"{_lab.MetaOf("dm-test")} was changed by another tool each of the 5 times that it was to be saved; wait until that tool has ended and run the command again", failure.Message);
    }

    [Fact]
    public async Task Says_that_the_cluster_was_destroyed_meanwhile()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        Directory.Delete(_lab.DirectoryOf("dm-test"), recursive: true);

        var failure = await Assert.ThrowsAsync<ClusterException>(() => cluster.MarkPatchedAsync([Master], patched: true, CancellationToken.None));

        Assert.Equal($"{_lab.MetaOf("dm-test")} is not there any more; another tool destroyed or renamed the cluster, see `dotnet dm-patch list`", failure.Message);
    }

    [Fact]
    public async Task Marks_of_many_nodes_at_once_are_all_saved()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("full"));

        await Task.WhenAll(cluster.Topology.Nodes.Select(node => Task.Run(() => cluster.MarkPatchedAsync([node.Id], patched: true, CancellationToken.None))));

        Assert.All(_lab.Store.Open("dm-test").Topology.Nodes, node => Assert.True(node.Patched));
    }

    [Fact]
    public async Task Saves_new_nodes_and_keeps_what_was_there()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("three-masters"));
        await File.WriteAllTextAsync(_lab["new.yaml"], "worker_servers: [{host: 10.0.1.15, arch: amd64, os: linux}]");
        var scaleOut = ScaleOutTopology.Read(_lab["new.yaml"], cluster.Topology);

        await cluster.AddNodesAsync(scaleOut.Nodes, CancellationToken.None);

        Assert.NotNull(cluster.Topology.Find("10.0.1.15:8262"));
        Assert.Contains("        worker: my-dm-worker\n", await File.ReadAllTextAsync(_lab.MetaOf("dm-test")), StringComparison.Ordinal);
        Assert.Equal(Fixtures.Meta("three-masters"), await File.ReadAllTextAsync(Assert.Single(Directory.EnumerateFiles(cluster.Paths.Backups))));
    }

    [Fact]
    public async Task Keeps_meta_as_it_was_when_the_disk_is_full()
    {
        using var disk = SmallDisk.Mount(_lab[Path.Combine("storage", "dm")]);
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        disk.Fill();

        var failure = await Assert.ThrowsAsync<StorageException>(() => cluster.MarkPatchedAsync([Master], patched: true, CancellationToken.None));

        Assert.EndsWith("no space left on the device; free some space and run the command again", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Fixtures.Meta("minimal"), await File.ReadAllTextAsync(_lab.MetaOf("dm-test")));
        Assert.Empty(Directory.EnumerateFiles(cluster.Paths.Backups));
    }

    [Fact]
    public void Knows_of_a_scale_out_that_is_half_done()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        Assert.False(cluster.ScaleOutInProgress);

        File.WriteAllText(cluster.Paths.ScaleOutMark, "");

        Assert.True(cluster.ScaleOutInProgress);
    }

    [Fact]
    public void Reads_anew_when_told_to()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        File.WriteAllText(_lab.MetaOf("dm-test"), Fixtures.PatchedMeta("minimal"));

        Assert.True(cluster.Refresh().Nodes[0].Patched);
        Assert.True(cluster.Topology.Nodes[0].Patched);
    }

    [Fact]
    public void Is_locked_by_one_run_at_a_time_and_says_by_which()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        using (cluster.Lock(Alice))
        {
            var failure = Assert.Throws<ClusterLockedException>(() => _lab.Store.Open("dm-test").Lock(Alice with { User = "bob" }));

            Assert.Equal(
                "cluster `dm-test` is locked: alice@control has been running `patch dm-test x.tar.gz -R dm-worker` since 2026-04-10 10:11:12 +08:00 (process 4711); "
                + $"wait until it has ended ({Path.Combine(cluster.Paths.DmPatch, "lock")})",
                failure.Message);
        }

        cluster.Lock(Alice with { User = "bob" }).Dispose();
    }

    [Fact]
    public async Task Is_locked_while_another_process_holds_the_lock_and_taken_over_when_that_was_killed()
    {
        var cluster = _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        Directory.CreateDirectory(cluster.Paths.DmPatch);
        var path = Path.Combine(cluster.Paths.DmPatch, "lock");
        using var holder = Process.Start(new ProcessStartInfo("sh", ["-c", "exec 9<>\"$1\"; flock -n 9; echo locked; read wait", "sh", path]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("locked", await holder.StandardOutput.ReadLineAsync());

        var failure = Assert.Throws<ClusterLockedException>(() => cluster.Lock(Alice));
        Assert.Equal($"cluster `dm-test` is locked: another process holds it; wait until it has ended ({path})", failure.Message);

        await File.AppendAllTextAsync(_lab["owner"], """{"user":"carol","host":"control","processId":1,"since":"2026-04-10T10:11:12+08:00","purpose":"rollback"}""");
        Process.Start("cp", [_lab["owner"], path]).WaitForExit();
        holder.Kill();
        await holder.WaitForExitAsync();

        using var taken = cluster.Lock(Alice);
        Assert.Equal("carol", taken.TakenOverFrom?.User);
    }
}
