namespace TiupDmNet.Rollout.Planning;

/// <summary>What the operator asked for.</summary>
public sealed record PatchRequest
{
    public required string Cluster { get; init; }

    /// <summary>A component package, or a raw binary.</summary>
    public required string Package { get; init; }

    /// <summary><c>-N</c>: node ids; empty means all.</summary>
    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary><c>-R</c>: roles; empty means that of the package.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Make the package the one that later scale-outs install.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The nodes are stopped: replace their files and leave them stopped.</summary>
    public bool Offline { get; init; }

    /// <summary>Go on although the control plane will be away while a dm-master restarts (fewer than three masters).</summary>
    public bool AcceptControlPlaneOutage { get; init; }

    /// <summary>Restart workers although a task of theirs is in its Dump or Load unit.</summary>
    public bool AllowLoadRestart { get; init; }

    /// <summary>Accept a build of another release series (major.minor) than the one that runs.</summary>
    public bool AllowOtherRelease { get; init; }

    /// <summary>How long a node must stay healthy before the next one is touched (<c>--settle</c>).</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The command line, for the lock, the journal and the resume hint: words as a shell takes them, quoted where needed, without secrets.</summary>
    public required IReadOnlyList<string> CommandLine { get; init; }
}
