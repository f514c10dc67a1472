namespace TiupDmNet.Mirror.Manifests;

/// <summary>Which rule a document broke, for those who can do something about it.</summary>
internal enum TrustRule
{
    /// <summary>Not what such a document has to be.</summary>
    Content,

    /// <summary>Too few of the keys that are trusted for the role have signed: there may be a newer root with others.</summary>
    Signature,

    /// <summary>Expired.</summary>
    Expiry,

    /// <summary>Older than what was seen before.</summary>
    Rollback,

    /// <summary>Not what another document of the same set promised: the mirror may have changed in between.</summary>
    Consistency,
}

/// <summary>A document that must not be believed.</summary>
internal sealed class UntrustedException : MirrorException
{
    public UntrustedException(TrustRule rule, string message, Exception? inner = null) : base(MirrorFailure.Untrusted, message, inner) => Rule = rule;

    public TrustRule Rule { get; }
}

/// <summary>Where a document comes from, as its errors name it.</summary>
internal sealed record Origin(string Document, string Mirror)
{
    public UntrustedException Refuse(TrustRule rule, string why) => new(rule, $"{this} cannot be trusted: {why}");

    public override string ToString() => $"{Document} of {Mirror}";
}
