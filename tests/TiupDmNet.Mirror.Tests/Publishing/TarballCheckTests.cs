using System.Formats.Tar;
using System.IO.Compression;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests.Publishing;

/// <summary>What a person reads who has named the wrong file, or the wrong program in it.</summary>
public sealed class TarballCheckTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Package => _directory["p.tar.gz"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Says_that_there_is_no_such_file()
    {
        Assert.Equal($"there is no {Package} to publish", await RefusalAsync("dm-worker/dm-worker"));
        Assert.Equal($"there is no {_directory["no/p.tar.gz"]} to publish", await RefusalAsync("dm-worker/dm-worker", _directory["no/p.tar.gz"]));
    }

    [Fact]
    public async Task Says_that_a_file_is_no_package()
    {
        await File.WriteAllTextAsync(Package, "no package");

        Assert.Equal($"cannot read {Package} as a .tar.gz: it is none, or it is damaged; `package inspect` says more", await RefusalAsync("dm-worker/dm-worker"));
    }

    [Theory]
    [InlineData("its programs are a", "a")]
    [InlineData("its programs are a, b/c", "a", "b/c")]
    [InlineData("its programs are a, b, c, d, e and 2 more", "a", "b", "c", "d", "e", "f", "g")]
    [InlineData("it has no program at all")]
    public async Task Names_the_programs_that_there_are(string hint, params string[] programs)
    {
        Write(programs);

        Assert.Equal($"{Package} has no entry dm-worker; {hint}", await RefusalAsync("dm-worker"));
    }

    private void Write(string[] programs)
    {
        using var packed = new GZipStream(File.Create(Package), CompressionLevel.Fastest);
        using var tar = new TarWriter(packed);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "README") { Mode = UnixFileMode.UserRead, DataStream = new MemoryStream() });
        foreach (var program in programs)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "./" + program) { Mode = UnixFileMode.UserRead | UnixFileMode.UserExecute, DataStream = new MemoryStream() });
        }
    }

    private async Task<string> RefusalAsync(string entry, string? path = null) =>
        (await Assert.ThrowsAsync<MirrorException>(() => TarballCheck.RequireEntryAsync(path ?? Package, entry, CancellationToken.None))).Message;
}
