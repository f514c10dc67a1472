using TiupDmNet.Packages.Building;
using TiupDmNet.Packages.Reading;

namespace TiupDmNet.Packages;

/// <summary>A file that takes the place of a member, or is added.</summary>
/// <param name="MemberPath">Path in the package, e.g. <c>dm-worker/dm-worker</c>.</param>
/// <param name="SourcePath">File on this machine.</param>
/// <param name="Add">True when the base need not have it.</param>
public sealed record Replacement(string MemberPath, string SourcePath, bool Add);

/// <summary>
/// Writes component packages that TiUP and GNU tar read: same input, same bytes (sorted names, fixed times and owners; another
/// version of the runtime's zlib may deflate otherwise), deflated on all cores as independent gzip members. An output appears under its name when it is complete and has been read back.
/// </summary>
public static class PackageBuilder
{
    /// <summary>A hotfix package: the members of <paramref name="basePackage"/>, with replacements.</summary>
    /// <exception cref="PackageException">The base or a replacement is not usable, or the output cannot be written.</exception>
    public static Task<ComponentPackage> BuildAsync(string basePackage, string component, IReadOnlyList<Replacement> replacements, string output, CancellationToken cancellation) =>
        BuildAsync(basePackage, component, replacements, output, Deflation.Default, cancellation);

    /// <summary>Wraps one executable as <c>&lt;component&gt;/&lt;component&gt;</c>.</summary>
    /// <exception cref="PackageException">Not an ELF executable for Linux, a build of another component, or the output cannot be written.</exception>
    public static Task<ComponentPackage> WrapAsync(string executable, string component, string output, CancellationToken cancellation)
    {
        Components.CheckName(component);
        Sources.CheckOutput(output);
        Sources.CheckExecutable(executable);
        var plan = new PackagePlan();
        plan.Put(PlannedMember.File(Components.CanonicalEntry(component), isExecutable: true, Sources.Open(executable).Content));
        return PackageWriter.WriteAsync(plan, component, output, Deflation.Default, cancellation);
    }

    /// <summary>
    /// The same members with the entry at TiUP's place, gzipped: what <c>patch</c> uploads when the operator's package has another layout.
    /// What belongs to the component moves with the entry (<c>x/conf/a</c> to <c>&lt;component&gt;/conf/a</c>).
    /// </summary>
    /// <exception cref="PackageException">The package changed since it was inspected, or its members would collide.</exception>
    public static async Task<ComponentPackage> NormalizeAsync(ComponentPackage package, string output, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(package);
        Sources.CheckOutput(output);
        using var spool = new Spool(output, _ => true);
        var scan = await SpoolAsync(package.Path, package.Sha256, spool, cancellation).ConfigureAwait(false);
        var relocation = new Relocation(package.Component, package.EntryPath);
        var plan = Plan(scan, spool, relocation, _ => true);
        return await PackageWriter.WriteAsync(plan, package.Component, output, Deflation.Default, cancellation).ConfigureAwait(false);
    }

    /// <summary>Packs a directory that is laid out as a package: <c>&lt;directory&gt;/dm-worker/dm-worker</c>, <c>&lt;directory&gt;/dm-worker/conf/…</c>.</summary>
    /// <exception cref="PackageException">The directory holds what a package may not, or the output cannot be written.</exception>
    public static Task<ComponentPackage> PackAsync(string directory, string component, string output, CancellationToken cancellation) =>
        PackAsync(directory, component, output, Deflation.Default, cancellation);

    internal static Task<ComponentPackage> PackAsync(string directory, string component, string output, Deflation deflation, CancellationToken cancellation)
    {
        Components.CheckName(component);
        Sources.CheckOutput(output);
        return PackageWriter.WriteAsync(DirectoryPlan.Of(directory), component, output, deflation, cancellation);
    }

    internal static async Task<ComponentPackage> BuildAsync(
        string basePackage, string component, IReadOnlyList<Replacement> replacements, string output, Deflation deflation, CancellationToken cancellation)
    {
        Components.CheckName(component);
        Sources.CheckOutput(output);
        var changes = new ReplacementSet(component, replacements);

        // The largest file is as a rule the one that is replaced, and then it is not kept.
        using var spool = new Spool(output, member => !changes.Contains(member.Path));
        var scan = await PackageScan.RunAsync(basePackage, basePackage, PackageLimits.Default, spool, cancellation).ConfigureAwait(false);
        var plan = Plan(scan, spool, relocation: null, member => !changes.Contains(member.Path) || member.Kind == MemberKind.Directory);
        changes.Apply(plan, scan);
        return await PackageWriter.WriteAsync(plan, component, output, deflation, cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads a package again that was inspected before.</summary>
    internal static async Task<PackageScan> SpoolAsync(string path, string sha256, Spool spool, CancellationToken cancellation)
    {
        var scan = await PackageScan.RunAsync(path, path, PackageLimits.Default, spool, cancellation).ConfigureAwait(false);
        return scan.Sha256 == sha256 ? scan : throw new PackageException($"{path} changed since it was inspected; run the command again");
    }

    internal static PackagePlan Plan(PackageScan scan, Spool spool, Relocation? relocation, Func<PackageMember, bool> isWanted)
    {
        var plan = new PackagePlan();
        try
        {
            foreach (var member in scan.Members.Where(member => isWanted(member) && relocation?.IsEmptied(member) != true))
            {
                plan.PutNew(spool.Plan(member, relocation?.Apply(member.Path) ?? member.Path)
                    ?? throw new FormatException($"holds {Text.Shown(member.Path)} as a hard link to {Text.Shown(member.LinkTarget ?? "")}, which is replaced; replace both"));
            }
        }
        catch (FormatException fault)
        {
            throw new PackageException($"{scan.Name} {fault.Message}", fault);
        }

        return plan;
    }
}
