using TiupDmNet.Packages.Building;
using TiupDmNet.Packages.Reading;

namespace TiupDmNet.Packages;

/// <summary>
/// Makes packages as TiUP wants them out of an archive with several components, such as the manual's <c>dm-linux-amd64.tar.gz</c>
/// with <c>bin/dm-master</c> and <c>bin/dm-worker</c>.
/// </summary>
public static class BundleSplitter
{
    /// <summary>Each package gets its component's executable and what the bundle holds besides executables (<c>conf/</c>, <c>scripts/</c>).</summary>
    /// <param name="bundle">The archive, <c>.tar.gz</c> or plain tar.</param>
    /// <param name="components">Those to make packages of; null for all that are in it.</param>
    /// <param name="output">Path of the package for a component, whose name <see cref="Components.HotfixFileName"/> knows.</param>
    /// <param name="cancellation">Stops; packages that are complete by then stay.</param>
    /// <exception cref="PackageException">Hostile, damaged, without a component that was asked for, or the output cannot be written.</exception>
    public static async Task<IReadOnlyList<ComponentPackage>> SplitAsync(
        string bundle, IReadOnlyList<string>? components, Func<string, Executable, string> output, CancellationToken cancellation)
    {
        foreach (var component in components ?? [])
        {
            Components.CheckName(component);
        }

        // All are found and judged before anything is written.
        var (scan, parts) = await FindAsync(bundle, components, cancellation).ConfigureAwait(false);
        var outputs = parts.ConvertAll(part => output(part.Component, part.Executable));
        outputs.ForEach(Sources.CheckOutput);

        using var spool = new Spool(outputs[0], _ => true);
        await PackageBuilder.SpoolAsync(bundle, scan.Sha256, spool, cancellation).ConfigureAwait(false);
        var packages = new List<ComponentPackage>();
        foreach (var (part, path) in parts.Zip(outputs))
        {
            packages.Add(await PackageWriter.WriteAsync(Plan(scan, spool, part), part.Component, path, Deflation.Default, cancellation).ConfigureAwait(false));
        }

        return packages;
    }

    private static async Task<(PackageScan Scan, List<ComponentPackage> Parts)> FindAsync(string bundle, IReadOnlyList<string>? components, CancellationToken cancellation)
    {
        using var candidates = new Candidates(components ?? []);
        var scan = await PackageScan.RunAsync(bundle, bundle, PackageLimits.Default, candidates, cancellation).ConfigureAwait(false);
        var wanted = components is { Count: > 0 } ? components.Distinct() : candidates.AllPresent(scan);
        return (scan, wanted.Select(component => candidates.Select(scan, bundle, component)).ToList());
    }

    private static PackagePlan Plan(PackageScan scan, Spool spool, ComponentPackage part)
    {
        var relocation = new Relocation(part.Component, part.EntryPath);
        var directory = part.EntryPath[..(part.EntryPath.LastIndexOf('/') + 1)];
        var bin = directory is "bin/" || directory.EndsWith("/bin/", StringComparison.Ordinal) ? directory : null;

        // Executables of other components, and the directories that are theirs alone.
        var others = Components.Known.Where(other => other != part.Component)
            .SelectMany(other => scan.Members.Where(member => member.Kind != MemberKind.Directory).Select(member => (member.Path, Home: Components.HomeOf(other, member.Path))))
            .Where(other => other.Home is not null)
            .ToList();
        var homes = others.Select(other => other.Home + "/").Where(home => home != "/" && !part.EntryPath.StartsWith(home, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var executables = others.Select(other => other.Path).ToHashSet(StringComparer.Ordinal);
        return PackageBuilder.Plan(scan, spool, relocation, IsWanted);

        bool IsWanted(PackageMember member) => member.Path == part.EntryPath
            || (relocation.IsInside(member.Path)
                && !executables.Contains(member.Path)
                && !homes.Any(home => (member.Path + "/").StartsWith(home, StringComparison.Ordinal))
                && (bin is null || !member.Path.StartsWith(bin, StringComparison.Ordinal)));
    }
}
