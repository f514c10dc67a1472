using TiupDmNet.Mirror.Publishing.Intake;

namespace TiupDmNet.Mirror.Publishing.Cloning;

/// <summary>What of a mirror a clone is to have. Versions are exact ones, "latest", "nightly" or "all".</summary>
public sealed record CloneRequest
{
    /// <summary>Of the DM clusters that will be deployed from the clone; with none and without <see cref="Components"/>, the latest stable one.</summary>
    public IReadOnlyList<string> Versions { get; init; } = [];

    /// <summary>
    /// Components with versions of their own, in the place of those that a DM cluster would take; no versions means <see cref="Versions"/>, or the
    /// latest. Without <see cref="Versions"/> these are all that is taken.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Components { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>What runs everywhere is taken for every platform.</summary>
    public required IReadOnlyList<Platform> Platforms { get; init; }

    /// <summary>All versions of all components, withdrawn and hidden ones too.</summary>
    public bool Full { get; init; }

    /// <summary>Versions are beginnings: "v8.5" takes v8.5.0 and v8.5.1 but not v8.50.0, and neither nightly nor withdrawn ones.</summary>
    public bool Prefix { get; init; }

    /// <summary>What the mirror does not have is left out and noted, instead of refused.</summary>
    public bool SkipMissing { get; init; }
}

/// <summary>What a clone would take, for a person to say yes to.</summary>
/// <param name="Source">The address of the mirror that is cloned.</param>
/// <param name="Directory">The clone.</param>
/// <param name="IsNew">There is no clone yet: keys will be made.</param>
/// <param name="Packages">Everything that was chosen, present or not.</param>
/// <param name="Changes">Compared with what the clone offers now.</param>
/// <param name="Notes">What was left out, or is out of the ordinary: one sentence each.</param>
public sealed record ClonePlan(
    string Source, string Directory, bool IsNew, IReadOnlyList<IncomingPackage> Packages, IReadOnlyList<MirrorChange> Changes, IReadOnlyList<string> Notes)
{
    internal IReadOnlyList<SelectedComponent> Selected { get; init; } = [];

    /// <summary>Bytes of the packages that are not there yet, as far as their lengths are known.</summary>
    public long MissingBytes => Packages.Where(package => !package.IsPresent).Sum(package => package.Length);
}

/// <summary>A component of the source and those of its versions that are taken.</summary>
internal sealed record SelectedComponent(SourceComponent Source, IReadOnlyList<VersionItem> Items);
