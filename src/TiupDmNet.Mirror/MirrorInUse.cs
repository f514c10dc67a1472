namespace TiupDmNet.Mirror;

/// <summary>Who has said which mirror is used.</summary>
public enum AddressSource
{
    /// <summary>Nobody: the public mirror.</summary>
    Default,

    /// <summary>tiup.toml.</summary>
    Profile,

    /// <summary>TIUP_MIRRORS, for this command only.</summary>
    Environment,
}

/// <summary>Which mirror is used and what is trusted of it, from the files of the profile alone.</summary>
/// <param name="Address">A URL, or an absolute path.</param>
/// <param name="ConfigFile">The profile's tiup.toml, whether it exists or not.</param>
/// <param name="ProfileAddress">What would be used without the environment.</param>
/// <param name="OtherAddresses">Tried in this order when the first cannot be reached.</param>
/// <param name="Root">The newest root that is trusted, null if there is none.</param>
/// <param name="Problem">Why there is none, and what to do; null if there is one.</param>
/// <param name="Pins">What is trusted for single addresses, by file name.</param>
public sealed record MirrorInUse(
    string Address,
    AddressSource Source,
    string ConfigFile,
    string ProfileAddress,
    IReadOnlyList<string> OtherAddresses,
    RoleStatus? Root,
    string? Problem,
    IReadOnlyList<PinnedRoot> Pins);

/// <summary>A root that was trusted for one address. (pingcap/tiup pkg/localdata/profile.go:226)</summary>
/// <param name="File">Its path. The name is a hash of the address.</param>
/// <param name="Address">The address, null unless it is one that this profile names.</param>
/// <param name="Root">Null if the file is no root.</param>
public sealed record PinnedRoot(string File, string? Address, RoleStatus? Root);
