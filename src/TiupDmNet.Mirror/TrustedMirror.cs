namespace TiupDmNet.Mirror;

/// <summary>A manifest of a mirror: one of the four top-level roles, or of a component.</summary>
/// <param name="Name">The role, or the component's id.</param>
/// <param name="Version">Of the manifest; snapshots have none and say 0.</param>
/// <param name="Expires">From then on clients refuse it.</param>
/// <param name="Threshold">So many of the keys must have signed.</param>
/// <param name="KeyIds">Lower-case hex SHA-256.</param>
public sealed record RoleStatus(string Name, long Version, DateTimeOffset Expires, int Threshold, IReadOnlyList<string> KeyIds)
{
    /// <summary>How long it is still good; negative once it has expired.</summary>
    public TimeSpan Left(DateTimeOffset now) => Expires - now;

    /// <summary>Whole days; 0 on the last one, negative afterwards.</summary>
    public long DaysLeft(DateTimeOffset now) => (long)Math.Floor(Left(now).TotalDays);
}

/// <summary>A mirror whose root, timestamp, snapshot and index have been verified as one set.</summary>
/// <param name="Address">A URL, or the absolute path of a directory.</param>
/// <param name="Roles">Root, timestamp, snapshot, index.</param>
/// <param name="Expired">One sentence for each manifest that has expired: only where expiry was looked at, not enforced.</param>
public sealed record TrustedMirror(string Address, IReadOnlyList<RoleStatus> Roles, IReadOnlyList<string> Expired)
{
    /// <summary>Manifests of components, by id: only where they were asked for.</summary>
    public IReadOnlyList<RoleStatus> Components { get; init; } = [];

    /// <summary>What expires within a time, or has expired, the most urgent first.</summary>
    public IReadOnlyList<RoleStatus> ExpiringWithin(TimeSpan time, DateTimeOffset now) =>
        [.. Roles.Concat(Components).Where(manifest => manifest.Left(now) < time).OrderBy(manifest => manifest.Expires)];
}
