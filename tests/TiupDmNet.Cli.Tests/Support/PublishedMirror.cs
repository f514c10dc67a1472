using System.Formats.Tar;
using System.IO.Compression;

namespace TiupDmNet.Cli.Tests.Support;

/// <summary>A mirror with dm-worker v8.5.0, made by the commands themselves. Making keys takes seconds, so tests share it.</summary>
public sealed class PublishedMirror : IAsyncLifetime
{
    private readonly TestApp _app = new();

    public string Path => _app.Directory["mirror"];

    /// <summary>What was published.</summary>
    public string Package => _app.Directory["dm-worker.tar.gz"];

    /// <summary>The commands that made it, as the audit has them.</summary>
    public IEnumerable<string> Audit => Directory.GetFiles(_app.AuditDirectory)
        .Select(file => File.ReadLines(file).First()["dotnet-dm-patch ".Length..].Replace("%2F", "/", StringComparison.Ordinal));

    public async ValueTask InitializeAsync()
    {
        WritePackage(Package);
        Assert.Equal(0, (await _app.RunAsync("mirror", "init", Path)).ExitCode);
        Assert.Equal(0, (await _app.RunAsync("mirror", "grant", "dba", "--name", "DBAs", "--mirror", Path)).ExitCode);
        var published = await _app.RunAsync("mirror", "publish", "dm-worker", "v8.5.0", Package, "dm-worker/dm-worker", "--os", "linux", "--arch", "amd64", "--mirror", Path);
        Assert.Equal((0, ""), (published.ExitCode, published.Output));
        Assert.StartsWith("published dm-worker v8.5.0 for linux/amd64 (", published.Error, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync()
    {
        _app.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A mirror of one's own with the same content, and its keys beside it.</summary>
    public string CopyTo(string target)
    {
        foreach (var suffix in (string[])["", "-keys"])
        {
            Directory.CreateDirectory(target + suffix);
            foreach (var file in Directory.GetFiles(Path + suffix))
            {
                File.Copy(file, target + suffix + "/" + System.IO.Path.GetFileName(file));
            }
        }

        return target;
    }

    internal static void WritePackage(string path)
    {
        using var file = File.Create(path);
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "dm-worker/dm-worker")
        {
            Mode = (UnixFileMode)Convert.ToInt32("755", 8),
            DataStream = new MemoryStream(TestBinary.Bytes("v8.5.0")),
        });
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "dm-worker/conf/worker.toml") { DataStream = new MemoryStream("x = 1\n"u8.ToArray()) });
    }
}
