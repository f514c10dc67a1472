using System.Formats.Tar;
using System.IO.Compression;
using TiupDmNet.Mirror.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests;

/// <summary>A mirror made by TiUP's own code behind Debian's nginx, served as docs/mirror.md says.</summary>
public sealed class NginxTests : IDisposable
{
    private static readonly Platform Amd64 = Platform.Parse("linux/amd64");

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_whole_chain_is_read_over_one_connection()
    {
        await using var nginx = await StartAsync();
        using var client = await ClientAsync(nginx);

        var package = await client.DownloadAsync("dm-worker", "v8.5.0", Amd64, _directory.Path + "/");

        Assert.Equal(await File.ReadAllBytesAsync(Golden.File("dm-worker-v8.5.0-linux-amd64.tar.gz")), await File.ReadAllBytesAsync(package.Path));
        var requests = Requests(nginx);
        Assert.Single(requests.Select(line => line.Split(' ')[0]).Distinct());
        Assert.Equal("dm-worker-v8.5.0-linux-amd64.tar.gz", requests[^1].Split(' ')[2][1..]);
    }

    [Fact]
    public async Task An_unchanged_mirror_costs_one_request()
    {
        await using var nginx = await StartAsync();
        using (var first = await ClientAsync(nginx))
        {
            await first.RefreshAsync();
        }

        var before = Requests(nginx).Count;
        using var client = new MirrorClient(Settings, FixedTime.OfGoldenMirror);
        await client.RefreshAsync();

        Assert.EndsWith("GET /timestamp.json HTTP/1.1 200 " + new FileInfo(Golden.File("timestamp.json")).Length, Assert.Single(Requests(nginx).Skip(before)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_earlier_run_has_is_not_read_again()
    {
        await using var nginx = await StartAsync("location ~ v8.5.9 { limit_rate 4m; }");
        var tarball = Tarball(6_000_000);
        using (var publisher = await MirrorPublisher.OpenAsync(_directory["mirror"], CopyOf(Golden.Keys, "keys"), FixedTime.OfGoldenMirror))
        {
            await publisher.PublishAsync("dm-worker", "v8.5.9", Amd64, tarball, "dm-worker/dm-worker");
        }

        using var client = await ClientAsync(nginx);
        using (var stop = new CancellationTokenSource())
        {
            // The first run ends with the first bytes that it has.
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => client.DownloadAsync("dm-worker", "v8.5.9", Amd64, _directory.Path + "/", new Callback(progress => { if (progress.Received > 0) { stop.Cancel(); } }), stop.Token));
        }

        var received = new List<long>();
        var package = await client.DownloadAsync("dm-worker", "v8.5.9", Amd64, _directory.Path + "/", new Callback(progress => received.Add(progress.Received)));

        Assert.Equal(await File.ReadAllBytesAsync(tarball), await File.ReadAllBytesAsync(package.Path));
        Assert.True(received[0] > 0, "the second run began anew");
        Assert.Contains(Requests(nginx), line => line.Contains("v8.5.9-linux-amd64.tar.gz HTTP/1.1 206", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("404")]
    [InlineData("403")]
    public async Task A_missing_root_ends_the_walk_and_a_missing_package_is_named(string status)
    {
        await using var nginx = await StartAsync($"error_page 404 = @gone; location @gone {{ return {status}; }}");
        using var client = await ClientAsync(nginx);
        await client.RefreshAsync();
        File.Delete(Path.Combine(_directory["mirror"], "dm-worker-v8.5.0-linux-amd64.tar.gz"));

        var error = await Assert.ThrowsAnyAsync<MirrorException>(() => client.DownloadAsync("dm-worker", "v8.5.0", Amd64, _directory.Path + "/"));

        Assert.Equal($"{nginx.Address} has no dm-worker-v8.5.0-linux-amd64.tar.gz, though its manifest of dm-worker names it", error.Message);
        Assert.Contains(Requests(nginx), line => line.Contains($".tar.gz HTTP/1.1 {status} ", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(_directory.Path, "*.tar.gz*"));
    }

    [Fact]
    public async Task Manifests_that_are_compressed_on_the_way_are_read_all_the_same()
    {
        await using var nginx = await StartAsync("gzip on; gzip_types application/json text/plain application/octet-stream; gzip_min_length 1; default_type text/plain;");
        using var client = await ClientAsync(nginx);

        Assert.Equal(4, (await client.RefreshAsync()).Roles.Count);
    }

    [Fact]
    public async Task A_slow_mirror_is_waited_for()
    {
        var length = new FileInfo(Golden.File("dm-worker-v8.5.0-linux-amd64.tar.gz")).Length;
        await using var nginx = await StartAsync($"location ~ v8.5.0-linux-amd64 {{ limit_rate {Math.Max(1, length / 2)}; }}");
        using var client = await ClientAsync(nginx);

        var package = await client.DownloadAsync("dm-worker", "v8.5.0", Amd64, _directory.Path + "/");

        Assert.Equal(length, new FileInfo(package.Path).Length);
    }

    private MirrorSettings Settings => new() { Home = MirrorHarness.HomeAt(_directory["home"]), Attempts = 2, RetryDelay = TimeSpan.FromMilliseconds(1) };

    private async Task<NginxServer> StartAsync(string extra = "")
    {
        const string Reason = "needs nginx (apt-get install nginx-light)";
        Assert.False(!NginxServer.IsInstalled && Environment.GetEnvironmentVariable("DMPATCH_LAB") == "required", Reason);
        Assert.SkipUnless(NginxServer.IsInstalled, Reason);
        return await NginxServer.StartAsync(CopyOf(Golden.Mirror, "mirror"), extra);
    }

    private string CopyOf(string directory, string name)
    {
        var copy = Directory.CreateDirectory(_directory[name]).FullName;
        foreach (var file in Directory.GetFiles(directory))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    /// <summary>Of about so many bytes: its content cannot be compressed.</summary>
    private string Tarball(int size)
    {
        var path = _directory["big"];
        using var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        using var tar = new TarWriter(packed);
        var content = new byte[size];
        new Random(7).NextBytes(content);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "dm-worker/dm-worker") { Mode = UnixFileMode.UserRead | UnixFileMode.UserExecute, DataStream = new MemoryStream(content) });
        return path;
    }

    private async Task<MirrorClient> ClientAsync(NginxServer nginx)
    {
        await new MirrorProfile(Settings, FixedTime.OfGoldenMirror).SetAsync(nginx.Address);
        return new MirrorClient(Settings, FixedTime.OfGoldenMirror);
    }

    /// <summary>Without those of the start: the probe, and the look at the root that is to be trusted.</summary>
    private static List<string> Requests(NginxServer nginx) =>
        [.. nginx.Log.Where(line => !line.Contains("/is-it-there", StringComparison.Ordinal)).Skip(1)];

    private sealed class Callback(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }
}
