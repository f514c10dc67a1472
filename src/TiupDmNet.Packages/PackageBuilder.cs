namespace TiupDmNet.Packages;

/// <summary>A file that takes the place of a member, or is added.</summary>
/// <param name="MemberPath">Path in the package, e.g. <c>dm-worker/dm-worker</c>.</param>
/// <param name="SourcePath">File on this machine.</param>
/// <param name="Add">True when the base need not have it.</param>
public sealed record Replacement(string MemberPath, string SourcePath, bool Add);

/// <summary>
/// Writes component packages that TiUP and GNU tar read: same input, same bytes (sorted names, fixed times and owners),
/// deflated on all cores as independent gzip members.
/// </summary>
public static class PackageBuilder
{
    /// <summary>A hotfix package: the members of <paramref name="basePackage"/>, with replacements.</summary>
    public static Task<ComponentPackage> BuildAsync(string basePackage, string component, IReadOnlyList<Replacement> replacements, string output, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Wraps one executable as <c>&lt;component&gt;/&lt;component&gt;</c>.</summary>
    public static Task<ComponentPackage> WrapAsync(string executable, string component, string output, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The same members with the entry at TiUP's place, gzipped: what <c>patch</c> uploads when the operator's package has another layout.</summary>
    public static Task<ComponentPackage> NormalizeAsync(ComponentPackage package, string output, CancellationToken cancellation) => throw new NotImplementedException();
}
