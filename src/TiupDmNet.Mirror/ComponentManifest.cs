namespace TiupDmNet.Mirror;

/// <summary>One build of a component, as its owner has signed it. (pingcap/tiup pkg/repository/v1manifest/types.go:107)</summary>
/// <param name="Platform">The platform that it was found under: <see cref="Platform.Any"/> for what runs everywhere.</param>
/// <param name="FileName">The package's name on the mirror.</param>
/// <param name="Entry">The program inside the package, relative: "dm-worker/dm-worker".</param>
/// <param name="Released">As written; for reading only.</param>
/// <param name="Yanked">Withdrawn: not for new installations.</param>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="Sha512">Lower-case hex, null if the owner gave none.</param>
/// <param name="Length">Bytes; 0 if the owner gave none.</param>
public sealed record VersionItem(
    string Component,
    TiupVersion Version,
    Platform Platform,
    string FileName,
    string Entry,
    string Released,
    bool Yanked,
    string Sha256,
    string? Sha512,
    long Length);

/// <summary>A component and all its builds, as its owner has signed them. (pingcap/tiup pkg/repository/v1manifest/types.go:118)</summary>
/// <param name="Nightly">The version that "nightly" stands for, null if there is none.</param>
/// <param name="Items">Every version of every platform, withdrawn ones too.</param>
public sealed record ComponentManifest(
    string Id, string Description, string? Nightly, long Version, DateTimeOffset Expires, IReadOnlyList<VersionItem> Items)
{
    public IEnumerable<Platform> Platforms => Items.Select(item => item.Platform).Distinct();

    /// <summary>The versions for a platform, newest first: its own if it has any, else those that run everywhere.</summary>
    public IReadOnlyList<VersionItem> On(Platform platform)
    {
        var place = Platforms.Contains(platform) ? platform : Platform.Any;
        return [.. Items.Where(item => item.Platform == place).OrderByDescending(item => item.Version)];
    }
}

/// <summary>A line of the index.</summary>
/// <param name="Yanked">Withdrawn as a whole.</param>
public sealed record ComponentSummary(string Id, string Owner, bool Hidden, bool Standalone, bool Yanked);
