namespace TiupDmNet.Clusters.Tests;

public sealed class PatchStoreTests : IDisposable
{
    // sha1 of "package one": fixed, because TiUP looks for this very name.
    private const string NameOfOne = "dm-worker-33152a8.tar.gz";

    private readonly Lab _lab = new();
    private readonly PatchStore _patches;

    public PatchStoreTests() => _patches = new PatchStore(Store);

    public void Dispose() => _lab.Dispose();

    private string Store => _lab["patch"];

    [Fact]
    public async Task Copies_the_package_and_links_it_as_TiUP_does()
    {
        var copy = await _patches.SetAsync("dm-worker", Package("one.tar.gz", "package one"), CancellationToken.None);

        Assert.Equal(Path.Combine(Store, NameOfOne), copy);
        Assert.Equal("package one", await File.ReadAllTextAsync(copy));
        Assert.Equal(NameOfOne, new FileInfo(Path.Combine(Store, "dm-worker.tar.gz")).LinkTarget);
        Assert.Equal(copy, _patches.Find("dm-worker"));
    }

    [Fact]
    public async Task Gives_the_copy_the_mode_of_the_package()
    {
        var package = Package("one.tar.gz", "package one");
        File.SetUnixFileMode(package, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(await _patches.SetAsync("dm-worker", package, CancellationToken.None)));
    }

    [Fact]
    public async Task Points_at_the_package_set_last_and_keeps_the_others()
    {
        var one = await _patches.SetAsync("dm-worker", Package("one.tar.gz", "package one"), CancellationToken.None);
        var two = await _patches.SetAsync("dm-worker", Package("two.tar.gz", "package two"), CancellationToken.None);

        Assert.Equal(two, _patches.Find("dm-worker"));
        Assert.True(File.Exists(one));
    }

    [Fact]
    public async Task Can_go_back_to_a_copy_of_its_own()
    {
        var one = await _patches.SetAsync("dm-worker", Package("one.tar.gz", "package one"), CancellationToken.None);
        await _patches.SetAsync("dm-worker", Package("two.tar.gz", "package two"), CancellationToken.None);

        Assert.Equal(one, await _patches.SetAsync("dm-worker", one, CancellationToken.None));
        Assert.Equal(one, _patches.Find("dm-worker"));
        Assert.Equal("package one", await File.ReadAllTextAsync(one));
    }

    [Fact]
    public async Task Components_do_not_share_a_link()
    {
        await _patches.SetAsync("dm-worker", Package("one.tar.gz", "package one"), CancellationToken.None);

        Assert.Null(_patches.Find("dm-master"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("package")]
    [InlineData("package 0ne")]
    public async Task Replaces_a_copy_that_was_cut_short_or_damaged(string earlier)
    {
        Directory.CreateDirectory(Store);
        await File.WriteAllTextAsync(Path.Combine(Store, NameOfOne), earlier);

        var copy = await _patches.SetAsync("dm-worker", Package("one.tar.gz", "package one"), CancellationToken.None);

        Assert.Equal("package one", await File.ReadAllTextAsync(copy));
    }

    [Fact]
    public async Task Leaves_a_good_copy_alone()
    {
        var package = Package("one.tar.gz", "package one");
        var copy = await _patches.SetAsync("dm-worker", package, CancellationToken.None);
        var before = DateTime.UnixEpoch.AddYears(50);
        File.SetLastWriteTimeUtc(copy, before);

        await _patches.SetAsync("dm-worker", package, CancellationToken.None);

        Assert.Equal(before, File.GetLastWriteTimeUtc(copy));
    }

    [Fact]
    public async Task Takes_a_package_put_there_by_hand_and_replaces_it_by_a_link()
    {
        Directory.CreateDirectory(Store);
        var byHand = Path.Combine(Store, "dm-worker.tar.gz");
        await File.WriteAllTextAsync(byHand, "by hand");
        Assert.Equal(byHand, _patches.Find("dm-worker"));

        await _patches.SetAsync("dm-worker", Package("one.tar.gz", "package one"), CancellationToken.None);

        Assert.Equal(NameOfOne, new FileInfo(byHand).LinkTarget);
    }

    [Fact]
    public void Finds_nothing_where_nothing_was_patched() => Assert.Null(_patches.Find("dm-worker"));

    [Fact]
    public async Task Says_that_a_link_points_nowhere()
    {
        File.Delete(await _patches.SetAsync("dm-worker", Package("one.tar.gz", "package one"), CancellationToken.None));

        Assert.Equal(
            $"{Path.Combine(Store, "dm-worker.tar.gz")} points at {NameOfOne}, which is not there, so a scale-out would quietly install the release dm-worker; "
            + "put the package back, or patch with --overwrite again, or remove the link",
            Assert.Throws<ClusterException>(() => _patches.Find("dm-worker")).Message);
    }

    [Fact]
    public async Task Clears_the_link_and_keeps_the_package()
    {
        var copy = await _patches.SetAsync("dm-worker", Package("one.tar.gz", "package one"), CancellationToken.None);

        _patches.Clear("dm-worker");
        _patches.Clear("dm-worker");
        _patches.Clear("never-there");

        Assert.Null(_patches.Find("dm-worker"));
        Assert.Equal([copy], Directory.EnumerateFileSystemEntries(Store));
    }

    [Fact]
    public async Task Says_that_there_is_no_package()
    {
        var failure = await Assert.ThrowsAsync<ClusterException>(() => _patches.SetAsync("dm-worker", "/no/such/package.tar.gz", CancellationToken.None));

        Assert.Equal("specified package(/no/such/package.tar.gz) not exists; check the path", failure.Message);
    }

    [Fact]
    public async Task Leaves_nothing_behind_when_it_is_cancelled()
    {
        var package = Package("one.tar.gz", "package one");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _patches.SetAsync("dm-worker", package, cancelled.Token));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Store));
    }

    private string Package(string name, string content)
    {
        File.WriteAllText(_lab[name], content);
        return _lab[name];
    }
}
