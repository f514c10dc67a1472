namespace TiupDmNet.Mirror;

/// <summary>A root that could be trusted: read, and signed by enough of its own keys. What a person compares before saying yes.</summary>
/// <param name="Address">The mirror that it is for: a URL, or an absolute path.</param>
/// <param name="Source">Where it was read.</param>
/// <param name="KeyIds">Of the root role, lower-case hex SHA-256.</param>
/// <param name="Threshold">So many of these keys can change everything.</param>
/// <param name="IsExpired">By this machine's clock. The first root of an old mirror always is; the roots after it count.</param>
/// <param name="IsInsecure">It came over plain http: anyone on the way could have put another in its place.</param>
/// <param name="ReplacesTrustedRoot">This profile trusts another root now, whose keys have not signed this one.</param>
public sealed record RootSummary(
    string Address,
    string Source,
    long Version,
    DateTimeOffset Expires,
    IReadOnlyList<string> KeyIds,
    int Threshold,
    bool IsExpired,
    bool IsInsecure,
    bool ReplacesTrustedRoot)
{
    /// <summary>What was shown is what will be trusted, not what the address answers the next time.</summary>
    internal ReadOnlyMemory<byte> Bytes { get; init; }
}
