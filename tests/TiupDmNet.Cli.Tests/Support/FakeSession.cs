using TiupDmNet.Clusters.Topology;
using TiupDmNet.Packages;
using TiupDmNet.Rollout;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Tests.Support;

/// <summary>A patch whose plan, events and end the test decides.</summary>
internal sealed class FakeSession : IRolloutSession
{
    private IRolloutListener? _listener;

    public PatchPlan Plan { get; init; } = TestPlan.Of(TestPlan.Node("10.0.1.21:8262"), TestPlan.Node("10.0.1.22:8262"));

    public PatchOutcome Outcome { get; init; } = new(PatchResult.Done, "patched 2 dm-worker nodes of dm-test", [new NodeOutcome("10.0.1.21:8262", NodeResult.New, "healthy")]);

    public IReadOnlyList<RolloutEvent> Events { get; init; } = [];

    public Exception? Refusal { get; init; }

    public Exception? Fault { get; init; }

    /// <summary>Called in the middle of the run.</summary>
    public Func<CancellationToken, CancellationToken, Task>? During { get; init; }

    public PatchRequest? Request { get; private set; }

    public RolloutContext? Context { get; private set; }

    public bool WasPlanOnly { get; private set; }

    public bool WasExecuted { get; private set; }

    public bool WasDisposed { get; private set; }

    public Task<IRolloutSession> PrepareAsync(RolloutContext context, PatchRequest request, bool planOnly, IRolloutListener listener, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        (Context, Request, WasPlanOnly, _listener) = (context, request, planOnly, listener);
        return Refusal is null ? Task.FromResult<IRolloutSession>(this) : throw Refusal;
    }

    public async Task<PatchOutcome> ExecuteAsync(CancellationToken stop, CancellationToken abort)
    {
        WasExecuted = true;
        foreach (var happened in Events)
        {
            await _listener!.OnEventAsync(happened);
        }

        if (During is not null)
        {
            await During(stop, abort);
        }

        if (Fault is not null)
        {
            throw Fault;
        }

        await _listener!.OnEventAsync(new RunFinished(Outcome) { At = TestPlan.Noon });
        return Outcome;
    }

    public ValueTask DisposeAsync()
    {
        WasDisposed = true;
        return ValueTask.CompletedTask;
    }
}

internal static class TestPlan
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static readonly ComponentPackage Package = new()
    {
        Path = "/tmp/dm-worker-hotfix-linux-amd64.tar.gz",
        Component = "dm-worker",
        EntryPath = "dm-worker/dm-worker",
        CanonicalEntryPath = "dm-worker/dm-worker",
        IsCanonical = true,
        Sha256 = new string('c', 64),
        Sha1 = new string('d', 40),
        Size = 50_000_000,
        UnpackedSize = 150_000_000,
        Executable = new Executable(new string('a', 64), 150_000_000, 64, "amd64", "/lib64/ld-linux-x86-64.so.2"),
        Members = [new PackageMember("dm-worker/dm-worker", MemberKind.File, 150_000_000, (UnixFileMode)Convert.ToInt32("755", 8), null)],
    };

    public static PatchPlan Of(params PlannedNode[] nodes) => new()
    {
        Cluster = "dm-test",
        ClusterVersion = "v8.5.0",
        Package = Package,
        GivenPackage = "dm-worker-hotfix-linux-amd64.tar.gz",
        Nodes = nodes,
        Offline = false,
        Overwrite = false,
        Warnings = [],
    };

    public static PlannedNode Node(string id, NodeAction action = NodeAction.Patch, bool leader = false, params string[] interrupts) =>
        new(NodeOf(id), action, new BuildInfo("v8.5.0", "0123456789abcdef", "HEAD", "2026-11-01 00:00:00", "go1.23"), new string('b', 64), leader, interrupts);

    public static Node NodeOf(string id, string component = "dm-worker", bool patched = false)
    {
        var colon = id.LastIndexOf(':');
        var (host, port) = (id[..colon], int.Parse(id[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture));
        return new Node
        {
            Id = id,
            Component = component,
            Host = host,
            ManageHost = host,
            SshPort = 22,
            Port = port,
            Ports = [port],
            Name = id,
            DeployDir = $"/home/tidb/dm/deploy/{component}-{port}",
            WrittenDeployDir = $"/home/tidb/dm/deploy/{component}-{port}",
            WrittenDataDir = component == "grafana" ? "" : $"/home/tidb/dm/data/{component}-{port}",
            DataDirs = [],
            LogDir = "",
            Os = "linux",
            Arch = "amd64",
            PackageName = component,
            Patched = patched,
            IgnoreExporter = false,
        };
    }
}
