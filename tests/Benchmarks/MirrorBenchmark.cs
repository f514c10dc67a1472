using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using TiupDmNet.Mirror;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Benchmarks;

/// <summary>Downloading and verifying 500 MB from nginx against <c>curl | sha256sum</c>, with the memory that it takes; and what a look at an unchanged mirror costs.</summary>
internal static class MirrorBenchmark
{
    private const int Size = 500_000_000;
    private const string Component = "big";
    private const string Version = "v1.0.0";

    public static async Task<IReadOnlyList<Row>> RunAsync()
    {
        if (!NginxServer.IsInstalled || !Measure.Has("curl") || !Measure.Has("time"))
        {
            return [Row.NotMeasured("download 500 MB", "nginx, curl or time is not installed")];
        }

        using var directory = new TempDirectory();
        var tool = await PublishedTool.MakeAsync(directory["tool"]);
        var length = await MakeMirrorAsync(directory);
        await using var nginx = await NginxServer.StartAsync(directory["mirror"]);
        var environment = new Dictionary<string, string> { ["TIUP_HOME"] = directory["home"], ["HOME"] = directory.Path };
        await Measure.RunAsync(tool, ["mirror", "set", nginx.Address], environment);
        var (output, memory) = (directory["out.tar.gz"], directory["memory"]);
        var medians = await Measure.InterleavedAsync(
            5,
            () => DownloadAsync(),
            () => Measure.RunAsync("/bin/sh", ["-c", $"curl -s '{nginx.Address}{Component}-{Version}-linux-amd64.tar.gz' | sha256sum"]));
        var kilobytes = long.Parse((await File.ReadAllLinesAsync(memory))[^1], CultureInfo.InvariantCulture);

        var before = nginx.Log.Count;
        var refresh = await Measure.InterleavedAsync(1, () => Measure.RunAsync(tool, ["mirror", "list"], environment));
        var requests = nginx.Log.Skip(before).ToList();
        return
        [
            new Row(
                "download and verify 500 MB from nginx", medians[0], "curl", medians[1], 1.1,
                string.Create(CultureInfo.InvariantCulture, $"{kilobytes / 1024} MB of memory (goal 80); theirs: curl | sha256sum, {length / 1e6:0} MB")),
            new Row(
                "look at an unchanged mirror", refresh[0], "", 0, null,
                string.Create(CultureInfo.InvariantCulture, $"{requests.Count} request over {requests.Select(line => line.Split(' ')[0]).Distinct().Count()} connection")),
        ];

        Task DownloadAsync()
        {
            File.Delete(output);
            return Measure.RunAsync(
                "/usr/bin/time", ["-f", "%M", "-o", memory, tool, "mirror", "download", Component, Version, "--arch", "amd64", "-o", output], environment);
        }
    }

    private static async Task<long> MakeMirrorAsync(TempDirectory directory)
    {
        var package = directory["package.tar.gz"];
        await using (var packed = new GZipStream(File.Create(package), CompressionLevel.NoCompression))
        await using (var tar = new TarWriter(packed))
        {
            var content = new byte[Size];
            new Random(1).NextBytes(content);
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, Component) { Mode = UnixFileMode.UserRead | UnixFileMode.UserExecute, DataStream = new MemoryStream(content) });
        }

        using var publisher = await MirrorPublisher.InitAsync(directory["mirror"], directory["mirror-keys"], TimeProvider.System);
        await publisher.GrantAsync("bench", "Benchmarks");
        return (await publisher.PublishAsync(Component, Version, Platform.Parse("linux/amd64"), package, Component)).Length;
    }
}
