using TiupDmNet.Clusters.Topology;
using TiupDmNet.Hosts;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Survey;

namespace TiupDmNet.Rollout.Tests;

internal static class TestNodes
{
    public const string NewSha = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    public const string OldSha = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    public static readonly ComponentPackage Package = new()
    {
        Path = "dm-worker.tar.gz",
        Component = "dm-worker",
        EntryPath = "dm-worker/dm-worker",
        CanonicalEntryPath = "dm-worker/dm-worker",
        IsCanonical = true,
        Sha256 = "cccc",
        Sha1 = "dddd",
        Size = 50_000_000,
        UnpackedSize = 150_000_000,
        Executable = new Executable(NewSha, 150_000_000, 64, "amd64", "/lib64/ld-linux-x86-64.so.2"),
        Members = [],
    };

    public static readonly UnitStatus Running = new("loaded", "active", "running", "success", 42, 0, 0, TimeSpan.FromSeconds(90));

    public static readonly UnitStatus Stopped = new("loaded", "inactive", "dead", "success", 0, 0, 0, TimeSpan.FromSeconds(90));

    public static Node Worker(string name, bool patched = false) => Node("dm-worker", name, 8262, patched);

    public static Node Master(string name, bool patched = false) => Node("dm-master", name, 8261, patched);

    public static NodeFacts Facts(Node node, string disk = OldSha, string running = OldSha) => new()
    {
        Node = node,
        Unit = Running,
        UnitProblem = "",
        SudoProblem = "",
        DiskSha256 = disk,
        RunningSha256 = running,
        Build = new BuildInfo("v8.5.0", "0123456789abcdef", "HEAD", "", ""),
        WriteProblem = "",
        FreeBytes = 10_000_000_000,
        Mount = "/",
        BinBytes = 150_000_000,
        HasBackup = false,
        LastGeneration = "",
        LastGenerationSha256 = "",
    };

    public static HostFacts Host(params NodeFacts[] nodes) =>
        new(new HostAddress(nodes[0].Node.ManageHost, 22, "tidb"), "amd64", [], HasInterpreter: true, nodes);

    private static Node Node(string component, string name, int port, bool patched) => new()
    {
        Id = $"{name}:{port}",
        Component = component,
        Host = name,
        ManageHost = name,
        SshPort = 22,
        Port = port,
        Ports = [port],
        Name = name,
        DeployDir = $"/home/tidb/deploy/{component}-{port}",
        WrittenDeployDir = $"/home/tidb/deploy/{component}-{port}",
        WrittenDataDir = "",
        DataDirs = [],
        LogDir = $"/home/tidb/deploy/{component}-{port}/log",
        Os = "linux",
        Arch = "amd64",
        PackageName = component,
        Patched = patched,
        IgnoreExporter = false,
    };
}
