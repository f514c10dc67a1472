using System.Globalization;
using TiupDmNet.Packages;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Benchmarks;

/// <summary>Building a package of 150 MB against <c>tar czf</c> and <c>tar | pigz</c>.</summary>
internal static class PackageBenchmark
{
    private const long Size = 150L << 20;

    public static async Task<IReadOnlyList<Row>> RunAsync()
    {
        if (!Measure.Has("pigz"))
        {
            return [Row.NotMeasured("build a package of 150 MB", "pigz is not installed")];
        }

        using var directory = new TempDirectory();
        var component = Directory.CreateDirectory(directory["dm-worker"]).FullName;
        var binary = Path.Combine(component, "dm-worker");
        await WriteBinaryAsync(binary);
        var (ours, tar, pigz) = (directory["ours.tar.gz"], directory["tar.tar.gz"], directory["pigz.tar.gz"]);
        var medians = await Measure.InterleavedAsync(
            3,
            () => PackageBuilder.WrapAsync(binary, "dm-worker", ours, CancellationToken.None),
            () => Measure.RunAsync("tar", ["-C", directory.Path, "-czf", tar, "dm-worker"]),
            () => Measure.RunAsync("tar", ["-C", directory.Path, "-I", "pigz", "-cf", pigz, "dm-worker"]));
        return
        [
            new Row("build a package of 150 MB", medians[0], "tar czf", medians[1], 0.25, Sizes(ours, tar)),
            new Row("build a package of 150 MB", medians[0], "pigz", medians[2], 0.6, Sizes(ours, pigz)),
        ];
    }

    // Machine code, as a Go binary is: the libraries of the runtime, one after the other, behind an ELF header.
    private static async Task WriteBinaryAsync(string path)
    {
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var files = Directory.GetFiles(runtime, "*.so").Order().Concat(Directory.GetFiles(runtime, "*.dll").Order()).ToList();
        var output = File.Create(path);
        await using (output)
        {
            for (var i = 0; output.Length < Size; i = (i + 1) % files.Count)
            {
                var content = await File.ReadAllBytesAsync(files[i]);
                await output.WriteAsync(content.AsMemory(0, (int)Math.Min(content.Length, Size - output.Length)));
            }
        }

        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    private static string Sizes(string ours, string theirs) =>
        string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(ours).Length / 1e6:0.0} MB, theirs {new FileInfo(theirs).Length / 1e6:0.0} MB");
}
