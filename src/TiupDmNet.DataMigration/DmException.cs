namespace TiupDmNet.DataMigration;

public enum DmFailure
{
    /// <summary>No answer: refused, reset, timed out, TLS.</summary>
    Unreachable,

    /// <summary>The master knows no leader at this moment (code 38043, HTTP 503, scheduler not started): ask again.</summary>
    NoLeader,

    /// <summary>An answer that says no, or one that cannot be understood.</summary>
    Refused,
}

/// <summary>DM's API did not give what was asked. The message is a sentence for the operator and names the master asked.</summary>
public sealed class DmException : Exception
{
    public DmException(DmFailure failure, string message, Exception? inner = null) : base(message, inner) => Failure = failure;

    public DmFailure Failure { get; }

    /// <summary>The process is there, but it and we do not accept each other's certificates: not a node that is down.</summary>
    public bool TlsFailed { get; init; }

    /// <summary>DM's error number (<c>[code=N:…]</c>, pingcap/tiflow dm/pkg/terror/code.go), null when it gave none.</summary>
    public int? Code { get; init; }
}
