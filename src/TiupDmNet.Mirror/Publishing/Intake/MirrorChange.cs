namespace TiupDmNet.Mirror.Publishing.Intake;

public enum MirrorChangeKind
{
    /// <summary>The mirror did not have it.</summary>
    Added,

    /// <summary>The mirror had other content under the same version.</summary>
    Replaced,

    /// <summary>The content stays; what the manifest says of it changes: withdrawn, for one.</summary>
    Updated,

    /// <summary>The manifest no longer names it.</summary>
    Removed,
}

/// <summary>One difference that a change makes to what a mirror offers.</summary>
/// <param name="Version">Null for the component as a whole.</param>
/// <param name="Platform">Null for the component as a whole.</param>
/// <param name="Detail">What changes, for <see cref="MirrorChangeKind.Updated"/>: "withdrawn"; otherwise "".</param>
public sealed record MirrorChange(MirrorChangeKind Kind, string Component, string? Version, Platform? Platform, string Detail);

/// <summary>A package that a mirror takes from another one.</summary>
/// <param name="FileName">Its name on the mirror that takes it.</param>
/// <param name="Length">Bytes, 0 if unknown.</param>
/// <param name="Source">The address of the mirror that it comes from.</param>
/// <param name="IsPresent">A file of that name and length is there already; it is verified before it counts.</param>
public sealed record IncomingPackage(string Component, TiupVersion Version, Platform Platform, string FileName, long Length, string Sha256, string Source, bool IsPresent);

/// <summary>How taking from other mirrors ended.</summary>
/// <param name="Changed">New manifests were published.</param>
/// <param name="Packages">Every package, verified; those that were there before say so.</param>
/// <param name="FreshUntil">From then on readers refuse the mirror, unless it is refreshed before.</param>
public sealed record IntakeResult(bool Changed, IReadOnlyList<DownloadedPackage> Packages, DateTimeOffset FreshUntil)
{
    /// <summary>Packages that were fetched by this run, in whole or in part.</summary>
    public int Fetched => Packages.Count(package => !package.AlreadyPresent);
}
