using TiupDmNet.Mirror.Publishing.Intake;

namespace TiupDmNet.Mirror.Publishing.Merging;

/// <summary>What becomes of a version, or a component, that both mirrors have and that is not the same on both.</summary>
public enum ConflictPolicy
{
    /// <summary>Nothing is merged.</summary>
    Refuse,

    /// <summary>What the mirror has stays.</summary>
    Keep,

    /// <summary>What the other mirror has takes its place.</summary>
    Replace,
}

/// <summary>Both mirrors have it, and it is not the same.</summary>
/// <param name="Version">Null where the component as a whole belongs to different owners.</param>
/// <param name="Platform">Null where <paramref name="Version"/> is.</param>
/// <param name="Source">The address of the other mirror.</param>
/// <param name="Why">"linux/amd64 has SHA-256 … here and … there": what differs.</param>
public sealed record MergeConflict(string Component, string? Version, Platform? Platform, string Source, string Why)
{
    public override string ToString() => $"{Component}{(Version is null ? "" : $" {Version} for {Platform}")}: {Why}";
}

/// <summary>What a merge would do, for a person to say yes to.</summary>
/// <param name="Directory">The mirror that takes.</param>
/// <param name="Packages">What it takes.</param>
/// <param name="Changes">Compared with what it offers now.</param>
/// <param name="Conflicts">All of them, whatever is done about them.</param>
/// <param name="Policy">What is done about them.</param>
public sealed record MergePlan(
    string Directory, IReadOnlyList<IncomingPackage> Packages, IReadOnlyList<MirrorChange> Changes, IReadOnlyList<MergeConflict> Conflicts, ConflictPolicy Policy)
{
    private const int MostNamed = 3;

    internal IReadOnlyList<SourceComponent> Sources { get; init; } = [];

    internal string? Owner { get; init; }

    /// <summary>Bytes of the packages that are not there yet, as far as their lengths are known.</summary>
    public long MissingBytes => Packages.Where(package => !package.IsPresent).Sum(package => package.Length);

    /// <exception cref="MirrorException">There are conflicts, and nobody said what is to be done about them.</exception>
    public void RequireNoConflicts()
    {
        if (Policy == ConflictPolicy.Refuse && Conflicts.Count > 0)
        {
            var more = Conflicts.Count > MostNamed ? $" and {Conflicts.Count - MostNamed} more" : "";
            throw new MirrorException(
                MirrorFailure.NotConfigured,
                $"{string.Join("; ", Conflicts.Take(MostNamed))}{more}; nothing was merged: --on-conflict keep leaves what {Directory} has, --on-conflict replace takes what the other has");
        }
    }
}
