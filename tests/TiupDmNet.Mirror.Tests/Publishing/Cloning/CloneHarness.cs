using TiupDmNet.Mirror.Publishing.Cloning;
using TiupDmNet.Mirror.Publishing.Intake;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Publishing.Cloning;

/// <summary>An upstream behind a real server, and a place for a clone of it.</summary>
internal sealed class CloneHarness : IAsyncDisposable
{
    public static readonly Platform Amd64 = Platform.Parse("linux/amd64");
    public static readonly Platform Arm64 = Platform.Parse("linux/arm64");

    private CloneHarness(MirrorHarness upstream) => Upstream = upstream;

    public MirrorHarness Upstream { get; }

    public string Clone => Upstream["clone"];

    public string Keys => Upstream["clone-keys"];

    public static CloneRequest Everything => new() { Platforms = [Amd64, Arm64], Full = true };

    /// <param name="empty">Where the clone starts from; null for one that is yet to be made.</param>
    public static async Task<CloneHarness> OfAsync(RepositorySimulator upstream, EmptyMirror? empty)
    {
        var harness = new CloneHarness(await MirrorHarness.StartAsync(upstream));
        empty?.CopyTo(harness.Clone);
        return harness;
    }

    public static async Task<CloneHarness> OfGoldenAsync(EmptyMirror? empty)
    {
        var harness = new CloneHarness(await MirrorHarness.OfGoldenMirrorAsync());
        empty?.CopyTo(harness.Clone);
        return harness;
    }

    public MirrorCloner Cloner(MirrorClient source) => new(source, Clone, Keys, Upstream.Time);

    public async Task<ClonePlan> PlanAsync(CloneRequest request)
    {
        using var source = Upstream.Client();
        return await Cloner(source).PlanAsync(request, TestContext.Current.CancellationToken);
    }

    public async Task<IntakeResult> CloneAsync(CloneRequest? request = null, int jobs = 2, CancellationToken cancellation = default)
    {
        using var source = Upstream.Client();
        var cloner = Cloner(source);
        return await cloner.RunAsync(await cloner.PlanAsync(request ?? Everything, cancellation), jobs, null, cancellation);
    }

    public async Task<string> RefusalAsync(CloneRequest? request = null) =>
        (await Assert.ThrowsAnyAsync<MirrorException>(() => CloneAsync(request))).Message.Replace(Upstream.Server.Address, "MIRROR", StringComparison.Ordinal);

    /// <summary>A reader of the clone, who trusts it from now on.</summary>
    public async Task<MirrorClient> TrustAsync(string home = "reader")
    {
        var settings = Reader(home);
        await new MirrorProfile(settings, Upstream.Time).SetAsync(Clone);
        return new MirrorClient(settings, Upstream.Time);
    }

    /// <summary>The same reader later on.</summary>
    public MirrorClient Reopen(string home = "reader") => new(Reader(home), Upstream.Time);

    /// <summary>What a reader could see, by file; locks and what is on its way left out.</summary>
    public Dictionary<string, byte[]> Content() => Directory.GetFiles(Clone)
        .Where(file => !file.EndsWith("/lock", StringComparison.Ordinal) && !file.Contains(".part", StringComparison.Ordinal))
        .ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);

    public IEnumerable<string> FetchedPackages => Upstream.Server.Paths.Where(path => path.EndsWith(".gz", StringComparison.Ordinal));

    public ValueTask DisposeAsync() => Upstream.DisposeAsync();

    private MirrorSettings Reader(string home) => new() { Home = MirrorHarness.HomeAt(Upstream[home]), Attempts = 1 };
}
