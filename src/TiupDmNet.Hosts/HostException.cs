namespace TiupDmNet.Hosts;

public enum HostFailure
{
    /// <summary>Connection refused, no route, time out, reset; after retries.</summary>
    Unreachable,

    /// <summary>The host's key is not the one that was recorded.</summary>
    HostKeyChanged,

    /// <summary>The host does not let the user in with the key.</summary>
    Authentication,

    /// <summary>sudo wants a password or refuses.</summary>
    Sudo,

    /// <summary>A command ran into its time limit and was ended on the host too.</summary>
    TimedOut,

    /// <summary>A command ended with a non-zero exit code.</summary>
    Command,

    /// <summary>No space left on the device, or quota exceeded.</summary>
    DiskFull,

    /// <summary>The connection broke in the middle.</summary>
    Lost,

    /// <summary>What was read back is not what was sent.</summary>
    Corrupt,

    /// <summary>The engine cannot do it (no ssh client, <c>--ssh builtin</c>, not a local address).</summary>
    Engine,
}

/// <summary>Something on or on the way to a host failed. The message is a sentence for the operator and names the host.</summary>
public sealed class HostException : Exception
{
    public HostException(HostFailure failure, string host, string message, Exception? inner = null) : base(message, inner)
    {
        Failure = failure;
        Host = host;
    }

    public HostFailure Failure { get; }

    public string Host { get; }
}
