namespace TiupDmNet.Mirror;

public enum MirrorFailure
{
    /// <summary>The mirror, or the local profile, is not set up.</summary>
    NotConfigured,

    /// <summary>Could not be fetched.</summary>
    Unavailable,

    /// <summary>A signature, hash, version, expiry or other rule does not hold.</summary>
    Untrusted,

    /// <summary>The component, version or platform does not exist there.</summary>
    NotFound,
}

/// <summary>The mirror, or what it serves, cannot be used. The message names the document, the rule and the mirror.</summary>
public class MirrorException : Exception
{
    public MirrorException(MirrorFailure failure, string message, Exception? inner = null) : base(message, inner) => Failure = failure;

    public MirrorFailure Failure { get; }
}
