using TiupDmNet.Storage;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests.Support;

/// <summary>A simulated mirror behind a real server, and a profile that trusts its first root.</summary>
internal sealed class MirrorHarness : IAsyncDisposable
{
    /// <summary>What a refusal ends with when not one of the trusted keys has signed.</summary>
    public const string AnotherMirror = "; if it is another mirror than the one whose root is trusted here, look at its own with `mirror set MIRROR`";

    private readonly TempDirectory _directory = new();

    private MirrorHarness(Func<string, byte[]?> file, FixedTime time)
    {
        Time = time;
        Server = new TestServer(file);
        Home = HomeAt(_directory["home"]);
    }

    public FixedTime Time { get; }

    public TestServer Server { get; }

    public TiupHome Home { get; }

    public string this[string relative] => _directory[relative];

    /// <summary>Waits are short, attempts are few: what is tested is that there are any.</summary>
    public MirrorSettings Settings => new()
    {
        Home = Home,
        Attempts = 3,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        ResponseTimeout = TimeSpan.FromSeconds(10),
        StallTimeout = TimeSpan.FromSeconds(10),
    };

    public static async Task<MirrorHarness> StartAsync(RepositorySimulator mirror)
    {
        var harness = new MirrorHarness(mirror.Get, new FixedTime(RepositorySimulator.Start));
        await new MirrorProfile(harness.Settings, harness.Time).SetAsync(harness.Server.Address);
        harness.Server.ClearLog();
        return harness;
    }

    public static async Task<MirrorHarness> OfGoldenMirrorAsync()
    {
        var harness = new MirrorHarness(name => File.Exists(Golden.File(name)) ? File.ReadAllBytes(Golden.File(name)) : null, FixedTime.OfGoldenMirror);
        await new MirrorProfile(harness.Settings, harness.Time).SetAsync(harness.Server.Address);
        harness.Server.ClearLog();
        return harness;
    }

    public static TiupHome HomeAt(string root) => TiupHome.Resolve(name => name == "TIUP_HOME" ? root : null);

    public MirrorClient Client(Func<MirrorSettings, MirrorSettings>? change = null) => new(change is null ? Settings : change(Settings), Time);

    /// <summary>Reads the mirror once, with a client of its own as every command has.</summary>
    public async Task<TrustedMirror> RefreshAsync()
    {
        using var client = Client();
        return await client.RefreshAsync();
    }

    public async Task<ComponentManifest> GetComponentAsync(string id)
    {
        using var client = Client();
        return await client.GetComponentAsync(id);
    }

    /// <summary>What a refresh is refused with; the address stands as MIRROR.</summary>
    public async Task<string> RefusalAsync(Func<Task>? action = null)
    {
        var error = await Assert.ThrowsAnyAsync<MirrorException>(action ?? RefreshAsync);
        return error.Message.Replace(Server.Address, "MIRROR", StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _directory.Dispose();
    }
}
