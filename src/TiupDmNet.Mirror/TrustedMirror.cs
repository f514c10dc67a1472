namespace TiupDmNet.Mirror;

/// <summary>One of the four top-level manifests of a mirror.</summary>
/// <param name="Version">Of the manifest; snapshots have none and say 0.</param>
/// <param name="Expires">From then on clients refuse it.</param>
/// <param name="Threshold">So many of the keys must have signed.</param>
/// <param name="KeyIds">Lower-case hex SHA-256.</param>
public sealed record RoleStatus(string Name, long Version, DateTimeOffset Expires, int Threshold, IReadOnlyList<string> KeyIds);

/// <summary>A mirror whose root, timestamp, snapshot and index have been verified as one set.</summary>
/// <param name="Address">A URL, or the absolute path of a directory.</param>
/// <param name="Roles">Root, timestamp, snapshot, index.</param>
/// <param name="Expired">One sentence for each manifest that has expired: only where expiry was looked at, not enforced.</param>
public sealed record TrustedMirror(string Address, IReadOnlyList<RoleStatus> Roles, IReadOnlyList<string> Expired);
