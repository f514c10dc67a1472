using TiupDmNet.Clusters.Topology;
using TiupDmNet.Packages;

namespace TiupDmNet.Rollout.Display;

/// <summary>What <c>display</c> is asked for.</summary>
public sealed record ReportRequest
{
    public required string Cluster { get; init; }

    /// <summary><c>-N</c>: node ids; empty means all.</summary>
    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary><c>-R</c>: roles; empty means all.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>How long any node or host may take to answer. Nothing waits longer.</summary>
    public TimeSpan StatusTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Ask the hosts since when the processes run.</summary>
    public bool Uptime { get; init; }

    /// <summary>Ask the hosts for the builds on disk and in memory.</summary>
    public bool Builds { get; init; }
}

/// <summary>A cluster and the state of its nodes at one moment, in TiUP's words (pingcap/tiup pkg/cluster/manager/display.go:57).</summary>
public sealed record ClusterReport
{
    public required string Name { get; init; }

    public required string Version { get; init; }

    public required string DeployUser { get; init; }

    /// <summary>As written in meta.yaml.</summary>
    public required string SshType { get; init; }

    /// <summary>The client's files, null for a cluster without TLS.</summary>
    public required ReportedTls? Tls { get; init; }

    public required IReadOnlyList<string> GrafanaUrls { get; init; }

    /// <summary>Sorted as TiUP does: by role with its mark, host, ports.</summary>
    public required IReadOnlyList<NodeReport> Nodes { get; init; }

    /// <summary>Why a host could not tell builds and uptimes, one sentence each.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }
}

/// <summary>Paths of PEM files on this machine.</summary>
public sealed record ReportedTls(string Ca, string ClientKey, string ClientCertificate);

/// <summary>A line of <c>display</c>.</summary>
public sealed record NodeReport
{
    public required Node Node { get; init; }

    /// <summary>The component, with <c> (patched)</c> behind it where it is.</summary>
    public required string Role { get; init; }

    /// <summary>8261/8291</summary>
    public required string Ports { get; init; }

    /// <summary>Healthy, Healthy|L, Unhealthy, Free, Bound, Offline, Relay, Up, Down or N/A.</summary>
    public required string Status { get; init; }

    /// <summary>Why it is not well, "" when it is.</summary>
    public required string Detail { get; init; }

    /// <summary>Since when its process runs; null when it does not, or nobody asked.</summary>
    public TimeSpan? Uptime { get; init; }

    /// <summary>Null when nobody asked, or the host did not answer.</summary>
    public NodeBuild? Build { get; init; }

    /// <summary>linux/x86_64 or linux/aarch64</summary>
    public string Platform => $"{(Node.Os.Length == 0 ? "linux" : Node.Os)}/{Machine(Node.Arch)}";

    private static string Machine(string arch) => arch switch
    {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "" => "-",
        _ => arch,
    };
}

/// <summary>Which build a node has.</summary>
/// <param name="DiskSha256">Of its executable, lower-case hex; "" when there is none.</param>
/// <param name="RunningSha256">Of the executable that its process was started from; "" when none runs.</param>
/// <param name="Disk">What the executable on disk says of itself; null when it does not.</param>
public sealed record NodeBuild(string DiskSha256, string RunningSha256, BuildInfo? Disk);
