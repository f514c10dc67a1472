using TiupDmNet.Clusters;
using TiupDmNet.Storage;

namespace TiupDmNet.Rollout;

/// <summary>Where a run takes place and on whose behalf.</summary>
public sealed record RolloutContext
{
    public required TiupHome Home { get; init; }

    public required ClusterStore Clusters { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Login name of the operator, for the lock, the journal and the audit.</summary>
    public required string Operator { get; init; }

    /// <summary>Name of this machine.</summary>
    public required string Machine { get; init; }

    public required ConnectionSettings Connection { get; init; }

    /// <summary>How many hosts are worked on at once where order does not matter (<c>-c</c>).</summary>
    public int Concurrency { get; init; } = 5;

    /// <summary>Limit for one systemctl command, and for a node to become healthy (<c>--wait-timeout</c>).</summary>
    public TimeSpan WaitTimeout { get; init; } = TimeSpan.FromSeconds(120);
}

/// <summary>How hosts are reached.</summary>
public sealed record ConnectionSettings
{
    /// <summary><c>--ssh</c>: system, builtin, none, or null for what the cluster's meta.yaml says.</summary>
    public string? Engine { get; init; }

    /// <summary><c>--ssh-timeout</c></summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The OpenSSH client to run; TIUP_SSH_PATH where set.</summary>
    public string SshProgram { get; init; } = "ssh";

    /// <summary>Where the private directory of the connections' sockets is made; XDG_RUNTIME_DIR where set.</summary>
    public string SocketParent { get; init; } = "/tmp";
}
