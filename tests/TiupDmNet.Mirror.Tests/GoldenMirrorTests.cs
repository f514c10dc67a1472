using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests;

/// <summary>What TiUP's own code has signed.</summary>
public sealed class GoldenMirrorTests
{
    private static readonly Platform Amd64 = Platform.Parse("linux/amd64");

    [Fact]
    public async Task Follows_the_roots_from_the_first_to_the_third()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();

        var mirror = await harness.RefreshAsync();

        Assert.Equal(["root 3", "timestamp 44", "snapshot 0", "index 5"], mirror.Roles.Select(role => $"{role.Name} {role.Version}"));
        Assert.Equal(["timestamp.json", "snapshot.json", "2.root.json", "3.root.json", "5.index.json"], harness.Server.Paths);
    }

    [Fact]
    public async Task Caches_what_it_verified_byte_for_byte_under_the_names_of_TiUP()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        await harness.GetComponentAsync("dm-worker");

        string[][] pairs =
        [
            ["root.json", "3.root.json"], ["2.root.json", "2.root.json"], ["3.root.json", "3.root.json"], ["timestamp.json", "timestamp.json"],
            ["snapshot.json", "snapshot.json"], ["index.json", "5.index.json"], ["dm-worker.json", "14.dm-worker.json"],
        ];
        Assert.All(pairs, pair => Assert.Equal(Golden.Read(pair[1]), File.ReadAllBytes(Path.Combine(harness.Home.ManifestsDirectory, pair[0]))));
        Assert.Equal(pairs.Length, Directory.GetFiles(harness.Home.ManifestsDirectory).Length);
    }

    [Fact]
    public async Task Asks_only_for_the_timestamp_when_nothing_has_changed()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        await harness.GetComponentAsync("dm-worker");
        harness.Server.ClearLog();

        await harness.GetComponentAsync("dm-worker");

        Assert.Equal(["timestamp.json"], harness.Server.Paths);
    }

    [Fact]
    public async Task Writes_nothing_when_nothing_has_changed()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        await harness.GetComponentAsync("dm-worker");
        foreach (var file in Directory.EnumerateFiles(harness.Home.Root, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        }

        await harness.GetComponentAsync("dm-worker");

        Assert.All(Directory.EnumerateFiles(harness.Home.Root, "*", SearchOption.AllDirectories), file => Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(file)));
    }

    [Fact]
    public async Task Reads_everything_over_one_connection()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        using var client = harness.Client();
        await client.DownloadAsync("dm-worker", "v8.5.0", Amd64, harness["out.tar.gz"]);

        Assert.Single(harness.Server.Log.Select(request => request.Connection).Distinct());
    }

    [Fact]
    public async Task Downloads_a_package_that_is_what_its_owner_signed()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        using var client = harness.Client();
        Directory.CreateDirectory(harness["out"]);

        var package = await client.DownloadAsync("dm-worker", "v8.5.0", Amd64, harness["out"]);

        Assert.Equal(harness["out/dm-worker-v8.5.0-linux-amd64.tar.gz"], package.Path);
        Assert.Equal(Golden.Read("dm-worker-v8.5.0-linux-amd64.tar.gz"), await File.ReadAllBytesAsync(package.Path));
        Assert.Equal(("dm-worker/dm-worker", 563), (package.Item.Entry, package.Item.Length));
        Assert.Equal([package.Path], Directory.GetFiles(harness["out"]));
    }

    [Fact]
    public async Task Reads_it_from_a_directory_just_the_same()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        await new MirrorProfile(harness.Settings, harness.Time).SetAsync(Golden.Mirror);
        using var client = harness.Client();

        var package = await client.DownloadAsync("dm-master", "v8.5.0", Platform.Parse("linux/arm64"), harness["out.tar.gz"]);

        Assert.Equal(Golden.Read("dm-master-v8.5.0-linux-arm64.tar.gz"), await File.ReadAllBytesAsync(package.Path));
        Assert.Equal(Golden.Mirror, client.Address);
        Assert.Empty(harness.Server.Log);
    }

    [Theory]
    [InlineData(null, "v8.5.1")]
    [InlineData("", "v8.5.1")]
    [InlineData("nightly", "v9.1.0-alpha-nightly-20261101")]
    [InlineData("v9.0.0-beta.1", "v9.0.0-beta.1")]
    [InlineData("8.5.0", "v8.5.0")]
    public async Task Resolves_a_version_as_TiUP_does(string? asked, string found)
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        using var client = harness.Client();

        Assert.Equal(found, (await client.ResolveAsync("dm-worker", asked, Amd64)).Version.Text);
    }

    [Fact]
    public async Task Does_not_offer_a_withdrawn_version()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        using var client = harness.Client();

        Assert.Equal(
            "dm-worker v7.1.0 was withdrawn from MIRROR; choose another version (`mirror list dm-worker`)",
            await harness.RefusalAsync(() => client.DownloadAsync("dm-worker", "v7.1.0", Amd64, harness["out.tar.gz"])));
        Assert.True((await client.GetComponentAsync("dm-worker")).On(Amd64).Single(item => item.Version.Text == "v7.1.0").Yanked);
    }

    [Fact]
    public async Task Says_which_versions_there_are_when_one_does_not_exist()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        using var client = harness.Client();

        Assert.Equal(
            "MIRROR has no dm-worker v1.0.0 for linux/amd64; the newest are v9.1.0-alpha-nightly-20261101, v9.0.0-beta.1, v8.5.1, v8.5.0, v6.1.0",
            await harness.RefusalAsync(() => client.ResolveAsync("dm-worker", "v1.0.0", Amd64)));
        Assert.Equal(
            "MIRROR has no dm-worker for darwin/arm64, only for linux/amd64, linux/arm64",
            await harness.RefusalAsync(() => client.ResolveAsync("dm-worker", "v8.5.0", Platform.Parse("darwin/arm64"))));
        Assert.Equal(
            "component tikv does not exist on MIRROR; `mirror list` shows those that do",
            await harness.RefusalAsync(() => client.ResolveAsync("tikv", "v8.5.0", Amd64)));
    }

    [Fact]
    public async Task Lists_its_components()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        using var client = harness.Client();

        Assert.Equal(["dm-master", "dm-worker", "dmctl"], (await client.ListComponentsAsync()).Select(component => component.Id));
    }
}
