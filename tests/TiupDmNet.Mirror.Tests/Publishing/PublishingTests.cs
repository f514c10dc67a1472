using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using TiupDmNet.Mirror.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests.Publishing;

/// <summary>A mirror of the test's own, with its keys beside it, and clients that start from nothing.</summary>
public abstract class PublishingTests(EmptyMirror empty) : IClassFixture<EmptyMirror>, IDisposable
{
    protected static Platform Amd64 { get; } = Platform.Parse("linux/amd64");

    protected TempDirectory Place { get; } = new();

    /// <summary>An empty mirror that is nobody's to change.</summary>
    protected string EmptyPath => empty.Path;

    private protected FixedTime Time { get; } = FixedTime.OfGoldenMirror;

    protected string Mirror => Place["mirror"];

    protected string Keys => Place["mirror-keys"];

    public void Dispose()
    {
        Place.Dispose();
        GC.SuppressFinalize(this);
    }

    protected Task<MirrorPublisher> InitAsync()
    {
        empty.CopyTo(Mirror);
        return MirrorPublisher.OpenAsync(Mirror, Keys, Time);
    }

    /// <summary>With an owner dba and a dm-worker v8.5.0 of theirs.</summary>
    protected async Task<MirrorPublisher> PublishedAsync()
    {
        var publisher = await InitAsync();
        await publisher.GrantAsync("dba", "DBAs");
        await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, Tarball("dm-worker/dm-worker", "x"), "dm-worker/dm-worker");
        return publisher;
    }

    protected async Task<MirrorClient> ClientAsync()
    {
        var settings = new MirrorSettings { Home = MirrorHarness.HomeAt(Place[$"home-{Guid.NewGuid():N}"]), Attempts = 1 };
        await new MirrorProfile(settings, Time).SetAsync(Mirror);
        return new MirrorClient(settings, Time);
    }

    protected async Task<TrustedMirror> ReadAsync()
    {
        using var client = await ClientAsync();
        return await client.RefreshAsync();
    }

    protected string Tarball(string entry, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserExecute)
    {
        var path = Place[$"{Guid.NewGuid():N}.tar.gz"];
        using var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        using var tar = new TarWriter(packed);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, entry) { Mode = mode, DataStream = new MemoryStream(Encoding.ASCII.GetBytes(content)) });
        return path;
    }

    protected static async Task<string> RefusalAsync(Func<Task> action) => (await Assert.ThrowsAnyAsync<MirrorException>(action)).Message;

    protected static IEnumerable<string> Files(string directory) => Directory.GetFiles(directory).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal);

    protected static Dictionary<string, byte[]> Content(string directory) => Files(directory).Where(file => file != "lock").ToDictionary(file => file, file => File.ReadAllBytes(Path.Combine(directory, file)));

    protected static void Restore(string directory, params IReadOnlyDictionary<string, byte[]>[] contents)
    {
        Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory);
        foreach (var (file, bytes) in contents.SelectMany(content => content))
        {
            File.WriteAllBytes(Path.Combine(directory, file), bytes);
        }
    }
}
