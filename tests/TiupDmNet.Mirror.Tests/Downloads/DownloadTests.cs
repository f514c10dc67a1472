using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Downloads;

public sealed class DownloadTests
{
    private static readonly Platform Amd64 = Platform.Parse("linux/amd64");

    private readonly RepositorySimulator _mirror = new();

    [Fact]
    public async Task A_download_that_breaks_off_goes_on_where_it_was()
    {
        await using var harness = await StartAsync(size: 2_000_000);
        var cuts = 0;
        harness.Server.Faults = request => IsPackage(request) && cuts++ < 4 ? new Answer { CutAfter = 400_000 } : null;

        var package = await DownloadAsync(harness);

        Assert.Equal(_mirror.Package, await File.ReadAllBytesAsync(package.Path));
        Assert.Equal([null, 400_000, 800_000, 1_200_000, 1_600_000], harness.Server.Log.Where(IsPackage).Select(request => request.Range));
        Assert.All(harness.Server.Log.Where(IsPackage).Skip(1), request => Assert.NotNull(request.IfRange));
        Assert.Equal([package.Path], Directory.GetFiles(harness["out"]));
    }

    [Fact]
    public async Task A_download_cut_in_twenty_runs_reads_hardly_more_than_its_size()
    {
        await using var harness = await StartAsync(size: 4_000_000);
        var random = new Random(20);
        for (var run = 0; run < 20; run++)
        {
            var cut = random.Next(1, 190_000);
            harness.Server.Faults = request => IsPackage(request) ? new Answer { CutAfter = cut } : null;
            await harness.RefusalAsync(() => DownloadAsync(harness, settings => settings with { Attempts = 1 }));
        }

        harness.Server.Faults = _ => null;
        var before = harness.Server.Sent;
        var package = await DownloadAsync(harness);

        Assert.Equal(_mirror.Package, await File.ReadAllBytesAsync(package.Path));
        Assert.True(harness.Server.Sent - before < 4_000_000);
        Assert.True(harness.Server.Sent < 4_000_000 * 1.05, $"{harness.Server.Sent} bytes");
    }

    [Fact]
    public async Task A_download_that_never_gets_on_is_given_up()
    {
        await using var harness = await StartAsync(size: 100_000);
        harness.Server.Faults = request => IsPackage(request) ? new Answer { Status = 502 } : null;

        Assert.Equal(
            "cannot download dm-worker-v8.5.0-linux-amd64.tar.gz from MIRROR: the server answered 502 BadGateway (3 attempts)", await harness.RefusalAsync(() => DownloadAsync(harness)));
        Assert.Equal(3, harness.Server.Log.Count(IsPackage));
    }

    [Fact]
    public async Task A_download_that_stalls_goes_on_over_another_connection()
    {
        await using var harness = await StartAsync(size: 500_000);
        var asked = 0;
        harness.Server.Faults = request => IsPackage(request) && asked++ == 0 ? new Answer { StallAfter = 300_000 } : null;

        var package = await DownloadAsync(harness, settings => settings with { StallTimeout = TimeSpan.FromMilliseconds(200) });

        Assert.Equal(_mirror.Package, await File.ReadAllBytesAsync(package.Path));
        Assert.Equal(300_000, harness.Server.Log.Last(IsPackage).Range);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_read_from_the_start()
    {
        await using var harness = await StartAsync(size: 500_000);
        var asked = 0;
        harness.Server.Faults = request => IsPackage(request) && asked++ == 0 ? new Answer { CutAfter = 300_000 } : IsPackage(request) ? new Answer { Body = _mirror.Package } : null;

        Assert.Equal(_mirror.Package, await File.ReadAllBytesAsync((await DownloadAsync(harness)).Path));
    }

    [Fact]
    public async Task A_part_that_is_not_the_one_asked_for_is_not_appended()
    {
        await using var harness = await StartAsync(size: 500_000);
        var asked = 0;
        harness.Server.Faults = request => (IsPackage(request), asked++) switch
        {
            (true, _) when request.Range is null && asked < 6 && harness.Server.Log.Count(IsPackage) == 1 => new Answer { CutAfter = 300_000 },
            (true, _) when request.Range is not null => new Answer
            {
                Status = 206,
                Body = _mirror.Package[1..],
                Headers = new Dictionary<string, string> { ["Content-Range"] = "bytes 1-499999/500000" },
            },
            _ => null,
        };

        Assert.Equal(_mirror.Package, await File.ReadAllBytesAsync((await DownloadAsync(harness)).Path));
        Assert.Equal([null, 300_000, null], harness.Server.Log.Where(IsPackage).Select(request => request.Range));
    }

    [Fact]
    public async Task A_package_that_changed_on_the_server_between_two_runs_is_read_from_the_start()
    {
        await using var harness = await StartAsync(size: 500_000);
        harness.Server.Faults = request => IsPackage(request) ? new Answer { CutAfter = 300_000 } : null;
        await harness.RefusalAsync(() => DownloadAsync(harness, settings => settings with { Attempts = 1 }));
        harness.Server.Faults = _ => null;
        SetPackage(500_000, seed: 2);
        _mirror.AddVersion("dm-worker", "v8.5.0");
        _mirror.Publish();

        Assert.Equal(_mirror.Package, await File.ReadAllBytesAsync((await DownloadAsync(harness)).Path));
    }

    [Fact]
    public async Task What_an_earlier_run_left_damaged_is_fetched_again()
    {
        await using var harness = await StartAsync(size: 500_000);
        harness.Server.Faults = request => IsPackage(request) ? new Answer { CutAfter = 300_000 } : null;
        await harness.RefusalAsync(() => DownloadAsync(harness, settings => settings with { Attempts = 1 }));
        harness.Server.Faults = _ => null;
        var part = Path.Combine(harness["out"], "dm-worker-v8.5.0-linux-amd64.tar.gz.part");
        var bytes = await File.ReadAllBytesAsync(part);
        bytes[1000] ^= 1;
        await File.WriteAllBytesAsync(part, bytes);

        Assert.Equal(_mirror.Package, await File.ReadAllBytesAsync((await DownloadAsync(harness)).Path));
    }

    [Fact]
    public async Task Another_package_under_the_same_name_is_refused_and_not_kept()
    {
        await using var harness = await StartAsync(size: 100_000);
        var forged = _mirror.Package.ToArray();
        forged[50_000] ^= 1;
        _mirror.Files["dm-worker-v8.5.0-linux-amd64.tar.gz"] = forged;

        Assert.Matches(
            "^dm-worker-v8.5.0-linux-amd64.tar.gz of MIRROR cannot be trusted: its SHA-256 is [0-9a-f]{64} and should be [0-9a-f]{64}$", await harness.RefusalAsync(() => DownloadAsync(harness)));
        Assert.Empty(Directory.GetFiles(harness["out"]));
    }

    [Fact]
    public async Task A_package_with_only_the_wrong_sha512_is_refused()
    {
        await using var harness = await StartAsync(size: 100_000);
        _mirror.ComponentDrafts["dm-worker"]["platforms"]!["linux/amd64"]!["v8.5.0"]!["hashes"]!["sha512"] = new string('0', 128);
        _mirror.Publish();

        Assert.Matches(
            "^dm-worker-v8.5.0-linux-amd64.tar.gz of MIRROR cannot be trusted: its SHA-512 is [0-9a-f]{128} and should be 0{128}$", await harness.RefusalAsync(() => DownloadAsync(harness)));
        Assert.Empty(Directory.GetFiles(harness["out"]));
    }

    [Theory]
    [InlineData(false, "it has 100001 bytes and should have 100000")]
    [InlineData(true, "it has more than the 100000 bytes that it should have")]
    public async Task A_package_that_is_too_long_is_not_read_to_its_end(bool withoutLength, string why)
    {
        await using var harness = await StartAsync(size: 100_000);
        harness.Server.Faults = request => IsPackage(request) ? new Answer { Body = [.. _mirror.Package, 0], WithoutLength = withoutLength } : null;

        Assert.Equal($"dm-worker-v8.5.0-linux-amd64.tar.gz of MIRROR cannot be trusted: {why}", await harness.RefusalAsync(() => DownloadAsync(harness)));
        Assert.False(File.Exists(Path.Combine(harness["out"], "dm-worker-v8.5.0-linux-amd64.tar.gz")));
    }

    [Fact]
    public async Task A_package_that_is_too_short_is_refused()
    {
        await using var harness = await StartAsync(size: 100_000);
        _mirror.Files["dm-worker-v8.5.0-linux-amd64.tar.gz"] = _mirror.Package[..99_999];

        Assert.Equal(
            "dm-worker-v8.5.0-linux-amd64.tar.gz of MIRROR cannot be trusted: it has 99999 bytes and should have 100000", await harness.RefusalAsync(() => DownloadAsync(harness)));
    }

    [Fact]
    public async Task A_package_that_is_not_there_is_named()
    {
        await using var harness = await StartAsync(size: 100_000);
        _mirror.Files.Remove("dm-worker-v8.5.0-linux-amd64.tar.gz", out _);

        Assert.Equal(
            "MIRROR has no dm-worker-v8.5.0-linux-amd64.tar.gz, though its manifest of dm-worker names it", await harness.RefusalAsync(() => DownloadAsync(harness)));
    }

    [Fact]
    public async Task A_file_that_is_right_already_is_not_fetched_again()
    {
        await using var harness = await StartAsync(size: 100_000);
        await DownloadAsync(harness);
        harness.Server.ClearLog();

        Assert.True((await DownloadAsync(harness)).AlreadyPresent);
        Assert.Equal(["timestamp.json"], harness.Server.Paths);
    }

    [Fact]
    public async Task Progress_counts_up_to_the_whole()
    {
        await using var harness = await StartAsync(size: 3_000_000);
        using var client = harness.Client();
        var steps = new List<DownloadProgress>();

        await client.DownloadAsync("dm-worker", "v8.5.0", Amd64, harness["out"], new Steps(steps));

        Assert.Equal(new DownloadProgress("dm-worker-v8.5.0-linux-amd64.tar.gz", 3_000_000, 3_000_000), steps[^1]);
        Assert.Equal(steps.Select(step => step.Received).Order(), steps.Select(step => step.Received));
    }

    [Fact]
    public async Task Parallel_downloads_of_one_package_fetch_it_once()
    {
        await using var harness = await StartAsync(size: 1_000_000);

        var packages = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CacheAsync(harness)));

        Assert.Equal(1, harness.Server.Log.Count(IsPackage));
        Assert.Single(packages, package => !package.AlreadyPresent);
    }

    [Fact]
    public async Task The_cache_is_TiUPs()
    {
        await using var harness = await StartAsync(size: 100_000);

        var package = await CacheAsync(harness);

        Assert.Equal(Path.Combine(harness.Home.Root, "storage/dm/packages/dm-worker-v8.5.0-linux-amd64.tar.gz"), package.Path);
        Assert.False(package.Offline);
    }

    [Fact]
    public async Task A_nightly_is_cached_under_its_real_version()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        using var client = harness.Client();

        var package = await client.EnsureCachedAsync("dm-worker", "nightly", Amd64);

        Assert.Equal("dm-worker-v9.1.0-alpha-nightly-20261101-linux-amd64.tar.gz", Path.GetFileName(package.Path));
    }

    [Fact]
    public async Task A_corrupt_file_in_the_cache_is_fetched_again()
    {
        await using var harness = await StartAsync(size: 100_000);
        var package = await CacheAsync(harness);
        await File.WriteAllTextAsync(package.Path, "half a package");

        package = await CacheAsync(harness);

        Assert.False(package.AlreadyPresent);
        Assert.Equal(_mirror.Package, await File.ReadAllBytesAsync(package.Path));
    }

    [Fact]
    public async Task A_corrupt_file_in_the_cache_stays_while_the_network_fails()
    {
        await using var harness = await StartAsync(size: 100_000);
        var package = await CacheAsync(harness);
        await File.WriteAllTextAsync(package.Path, "half a package");
        harness.Server.Faults = request => IsPackage(request) ? new Answer { Status = 503 } : null;

        await harness.RefusalAsync(() => CacheAsync(harness));

        Assert.Equal("half a package", await File.ReadAllTextAsync(package.Path));
    }

    [Fact]
    public async Task A_full_cache_is_enough_without_a_network_and_after_everything_has_expired()
    {
        await using var harness = await StartAsync(size: 100_000);
        await CacheAsync(harness);
        harness.Time.Now += TimeSpan.FromDays(4000);
        harness.Server.Faults = _ => new Answer { Drop = true };

        var package = await CacheAsync(harness);

        Assert.True(package is { Offline: true, AlreadyPresent: true });
    }

    [Fact]
    public async Task A_mirror_that_is_down_is_waited_for_only_once()
    {
        await using var harness = await StartAsync(size: 100_000);
        await CacheAsync(harness);
        harness.Server.ClearLog();
        harness.Server.Faults = _ => new Answer { Status = 503 };
        using var client = harness.Client();

        await client.EnsureCachedAsync("dm-worker", "v8.5.0", Amd64);
        await client.EnsureCachedAsync("dm-worker", "v8.5.0", Amd64);

        Assert.Equal(["timestamp.json", "timestamp.json", "timestamp.json"], harness.Server.Paths);
    }

    [Fact]
    public async Task A_cached_file_that_is_not_right_is_not_enough_without_a_network()
    {
        await using var harness = await StartAsync(size: 100_000);
        var package = await CacheAsync(harness);
        var bytes = await File.ReadAllBytesAsync(package.Path);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(package.Path, bytes);
        harness.Server.Faults = _ => new Answer { Status = 503 };

        Assert.Equal(
            $"cannot fetch timestamp.json from MIRROR: the server answered 503 ServiceUnavailable (3 attempts); and dm-worker v8.5.0 for linux/amd64 is not in the cache {harness.Home.PackagesDirectory}",
            await harness.RefusalAsync(() => CacheAsync(harness)));
    }

    [Fact]
    public async Task A_withdrawn_version_is_good_for_those_who_have_it()
    {
        await using var harness = await StartAsync(size: 100_000);
        await CacheAsync(harness);
        _mirror.ComponentDrafts["dm-worker"]["platforms"]!["linux/amd64"]!["v8.5.0"]!["yanked"] = true;
        _mirror.Publish();

        var package = await CacheAsync(harness);
        Assert.True(package is { AlreadyPresent: true, Item.Yanked: true });

        File.Delete(package.Path);
        Assert.Equal("dm-worker v8.5.0 was withdrawn from MIRROR; choose another version (`mirror list dm-worker`)", await harness.RefusalAsync(() => CacheAsync(harness)));
    }

    private async Task<MirrorHarness> StartAsync(int size)
    {
        SetPackage(size, seed: 1);
        _mirror.AddVersion("dm-worker", "v8.5.0");
        _mirror.Publish();
        var harness = await MirrorHarness.StartAsync(_mirror);
        Directory.CreateDirectory(harness["out"]);
        return harness;
    }

    private void SetPackage(int size, int seed)
    {
        var package = new byte[size];
        new Random(seed).NextBytes(package);
        _mirror.Package = package;
    }

    private static bool IsPackage(LoggedRequest request) => request.Path.EndsWith(".tar.gz", StringComparison.Ordinal);

    private static async Task<DownloadedPackage> DownloadAsync(MirrorHarness harness, Func<MirrorSettings, MirrorSettings>? change = null)
    {
        using var client = harness.Client(change);
        return await client.DownloadAsync("dm-worker", "v8.5.0", Amd64, harness["out"]);
    }

    private static async Task<DownloadedPackage> CacheAsync(MirrorHarness harness)
    {
        using var client = harness.Client();
        return await client.EnsureCachedAsync("dm-worker", "v8.5.0", Amd64);
    }

    private sealed class Steps(List<DownloadProgress> steps) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => steps.Add(value);
    }
}
