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
}

/// <summary>Opens each host once and hands it out as often as asked. Closing the pool closes all connections.</summary>
public sealed class HostPool(HostSettings settings, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The host at this address, connected.</summary>
    /// <exception cref="HostException">See <see cref="HostFailure"/>.</exception>
    public Task<IHost> ConnectAsync(HostAddress address, CancellationToken cancellation) => throw new NotImplementedException(settings + "" + time);

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
