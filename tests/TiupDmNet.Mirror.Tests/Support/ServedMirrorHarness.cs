using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.TestSupport;
using TiupServerDouble;

namespace TiupDmNet.Mirror.Tests.Support;

/// <summary>
/// The golden mirror behind a stand-in for tiup-server, and a publisher elsewhere who has the owner's key and a profile that trusts the
/// mirror. The server has the keys of the roles and no other.
/// </summary>
internal sealed class ServedMirrorHarness : IAsyncDisposable
{
    public static readonly Platform Amd64 = Platform.Parse("linux/amd64");

    private readonly TempDirectory _directory = new();

    private ServedMirrorHarness()
    {
    }

    public FixedTime Time { get; } = FixedTime.OfGoldenMirror;

    public TiupServerStandIn Server { get; private set; } = null!;

    public string Mirror => _directory["mirror"];

    /// <summary>All keys, as the mirror's keeper has them.</summary>
    public string AllKeys => _directory["all-keys"];

    public MirrorSettings Settings { get; private set; } = null!;

    public string this[string relative] => _directory[relative];

    public static async Task<ServedMirrorHarness> StartAsync()
    {
        var harness = new ServedMirrorHarness();
        Copy(Golden.Mirror, harness.Mirror, _ => true);
        Copy(Golden.Keys, harness.AllKeys, _ => true);
        Copy(Golden.Keys, harness["role-keys"], IsOfRole);
        harness.Server = await TiupServerStandIn.StartAsync(harness.Mirror, harness["role-keys"], harness.Time);
        harness.Settings = new MirrorSettings
        {
            Home = MirrorHarness.HomeAt(harness["home"]),
            Attempts = 3,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            ResponseTimeout = TimeSpan.FromSeconds(10),
            StallTimeout = TimeSpan.FromSeconds(10),
            CommitTimeout = TimeSpan.FromSeconds(10),
        };
        await new MirrorProfile(harness.Settings, harness.Time).SetAsync(harness.Server.Address);
        Copy(Golden.Keys, Path.Combine(harness.Settings.Home.Root, "keys"), name => !IsOfRole(name));
        return harness;
    }

    public Task<IVersionPublisher> OpenAsync(Func<MirrorSettings, MirrorSettings>? change = null, string? keys = null) =>
        VersionPublisher.OpenAsync(address: null, keys, change is null ? Settings : change(Settings), Time);

    /// <summary>Publishes dm-worker v8.5.0-hotfix.1 with a publisher of its own.</summary>
    public async Task<VersionItem> PublishAsync(Func<Publication, Publication>? change = null, Func<MirrorSettings, MirrorSettings>? settings = null)
    {
        using var publisher = await OpenAsync(settings);
        var publication = Hotfix();
        return await publisher.PublishAsync(change is null ? publication : change(publication));
    }

    /// <summary>What publishing is refused with; the address stands as MIRROR.</summary>
    public async Task<string> RefusalAsync(Func<Publication, Publication>? change = null, Func<MirrorSettings, MirrorSettings>? settings = null)
    {
        var error = await Assert.ThrowsAnyAsync<MirrorException>(() => PublishAsync(change, settings));
        return error.Message.Replace(Server.Address, "MIRROR", StringComparison.Ordinal);
    }

    public Publication Hotfix(string content = "hotfix") => new()
    {
        Component = "dm-worker",
        Version = "v8.5.0-hotfix.1",
        Platform = Amd64,
        TarballPath = Tarball("dm-worker/dm-worker", content),
        Entry = "dm-worker/dm-worker",
    };

    public string Tarball(string entry, string content)
    {
        var path = _directory[$"{Guid.NewGuid():N}.tar.gz"];
        using var packed = new GZipStream(File.Create(path), CompressionLevel.NoCompression);
        using var tar = new TarWriter(packed);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, entry)
        {
            Mode = UnixFileMode.UserRead | UnixFileMode.UserExecute,
            DataStream = new MemoryStream(System.Text.Encoding.ASCII.GetBytes(content)),
        });
        return path;
    }

    /// <summary>Somebody with all keys, at the mirror's directory.</summary>
    public async Task AtDirectoryAsync(Func<MirrorPublisher, Task> act)
    {
        using var keeper = await MirrorPublisher.OpenAsync(Mirror, AllKeys, Time);
        await act(keeper);
    }

    /// <summary>Changes a component's present manifest in ways in which no publisher of ours would write it.</summary>
    public async Task RewriteComponentAsync(string id, Action<JsonObject> change)
    {
        using var keys = await KeyRing.OpenAsync(AllKeys, CancellationToken.None);
        var edit = await MirrorEdit.BeginAsync(Mirror, keys, Time.GetUtcNow(), CancellationToken.None);
        var draft = (await edit.ReadComponentAsync(id, CancellationToken.None))!.Value.Draft;
        change(draft);
        edit.PutComponent(id, draft, edit.CurrentIndex.OwnerOf(edit.CurrentIndex.Components[id]));
        await edit.CommitAsync(CancellationToken.None);
    }

    /// <summary>Gives a component to another owner, who signs its manifest anew.</summary>
    public async Task GiveAsync(string id, string owner)
    {
        using var keys = await KeyRing.OpenAsync(AllKeys, CancellationToken.None);
        var edit = await MirrorEdit.BeginAsync(Mirror, keys, Time.GetUtcNow(), CancellationToken.None);
        var version = edit.NextVersion(id) - 1;
        var draft = (await edit.ReadComponentAsync(id, CancellationToken.None))!.Value.Draft;
        edit.Index["components"]![id]!["owner"] = owner;
        edit.PutIndex();
        edit.PutSigned(id, version, Drafts.Sign(draft, keys.For(edit.CurrentIndex.Owners[owner])));
        await edit.CommitAsync(CancellationToken.None);
    }

    public MirrorClient Client() => new(Settings, Time);

    /// <summary>The bytes that a client gets for a version.</summary>
    public async Task<byte[]> DownloadAsync(string component, string version)
    {
        using var client = Client();
        var package = await client.DownloadAsync(component, version, Amd64, _directory[$"{Guid.NewGuid():N}"]);
        return await File.ReadAllBytesAsync(package.Path);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _directory.Dispose();
    }

    private static bool IsOfRole(string keyFile) => Path.GetFileNameWithoutExtension(keyFile).Split('-')[^1] is "root" or "index" or "snapshot" or "timestamp";

    private static void Copy(string from, string to, Func<string, bool> isWanted)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from).Where(file => isWanted(Path.GetFileName(file))))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
