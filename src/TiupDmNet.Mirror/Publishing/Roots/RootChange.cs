namespace TiupDmNet.Mirror.Publishing.Roots;

/// <summary>What is to be different in the next root of a mirror. Nothing of it: the same keys, good for another year.</summary>
public sealed record RootChange
{
    /// <summary>Roles that get new keys, as many as they have, in the place of theirs: "root", "index", "snapshot", "timestamp".</summary>
    public IReadOnlyList<string> NewKeysFor { get; init; } = [];

    /// <summary>Files of keys that a role gets in addition; the public halves will do.</summary>
    public IReadOnlyList<(string Role, string KeyFile)> Add { get; init; } = [];

    /// <summary>Ids of keys that are no longer trusted, or their beginnings of at least eight digits.</summary>
    public IReadOnlyList<string> Remove { get; init; } = [];

    /// <summary>How many of a role's keys must sign.</summary>
    public IReadOnlyDictionary<string, int> Thresholds { get; init; } = new Dictionary<string, int>();
}

/// <summary>Who may sign what under a root.</summary>
/// <param name="KeyIds">Lower-case hex SHA-256, in order.</param>
public sealed record RootRole(string Name, int Threshold, IReadOnlyList<string> KeyIds);

/// <summary>The next root of a mirror, as far as it is signed.</summary>
/// <param name="Version">One more than the present one.</param>
/// <param name="Expires">From then on clients refuse it.</param>
/// <param name="Missing">What it still needs: "2 of the 3 needed signatures by keys of the present root are there (…)". Empty when it can be used.</param>
public sealed record NextRoot(long Version, DateTimeOffset Expires, IReadOnlyList<RootRole> Roles, IReadOnlyList<string> Missing);
