namespace TiupDmNet.Hosts;

public enum SshEngine
{
    /// <summary>The OpenSSH client.</summary>
    OpenSsh,

    /// <summary>No ssh: the hosts are this machine.</summary>
    None,
}

/// <summary>How to reach the hosts of one cluster.</summary>
public sealed record HostSettings
{
    public required SshEngine Engine { get; init; }

    /// <summary>The cluster's private key.</summary>
    public required string PrivateKey { get; init; }

    /// <summary>Host keys seen before; new ones are added, changed ones are fatal.</summary>
    public required string KnownHosts { get; init; }

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The ssh program; TIUP_SSH_PATH where set.</summary>
    public string SshProgram { get; init; } = "ssh";

    /// <summary>Tries to connect before giving up on refused and reset connections.</summary>
    public int ConnectAttempts { get; init; } = 4;

    /// <summary>Connections being made at one time. sshd drops logins beyond its MaxStartups (10 by default), and a jump host sees all of them.</summary>
    public int SimultaneousConnects { get; init; } = 8;

    /// <summary>
    /// Where the private directory of the connections' sockets is made: XDG_RUNTIME_DIR where set. /tmp is used instead where this is missing or so
    /// long that a socket's path would not fit.
    /// </summary>
    public string SocketParent { get; init; } = "/tmp";
}
