using TiupDmNet.Packages.Reading;

namespace TiupDmNet.Packages.Building;

/// <summary>The files that an operator puts into a package, checked before any work begins.</summary>
internal sealed class ReplacementSet
{
    private readonly Dictionary<string, (Replacement Replacement, Content Content, bool IsExecutable)> _byPath = new(StringComparer.Ordinal);
    private readonly string _component;

    public ReplacementSet(string component, IReadOnlyList<Replacement> replacements)
    {
        _component = component;
        foreach (var replacement in replacements)
        {
            var path = Sources.MemberPath(replacement.MemberPath);
            var (content, isExecutable) = Sources.Open(replacement.SourcePath);
            if (Components.HomeOf(_component, path) is not null)
            {
                Sources.CheckExecutable(replacement.SourcePath);
            }

            if (!_byPath.TryAdd(path, (replacement, content, isExecutable)))
            {
                throw new PackageException($"{path} is given twice, as {_byPath[path].Replacement.SourcePath} and as {replacement.SourcePath}");
            }
        }
    }

    public bool Contains(string path) => _byPath.ContainsKey(path);

    /// <exception cref="PackageException">The base has no such file, and it was not said to add it.</exception>
    public void Apply(PackagePlan plan, PackageScan scan)
    {
        foreach (var (path, (replacement, content, isExecutable)) in _byPath)
        {
            var replaced = scan.Members.FirstOrDefault(member => member.Path == path);
            if (replaced is { Kind: MemberKind.Directory })
            {
                throw new PackageException($"{scan.Name}: {path} is a directory; name the file in it to replace");
            }

            if (replaced is null && !replacement.Add)
            {
                throw new PackageException($"{scan.Name} holds no {path} to replace; near that it holds {Text.Listing(Near(path, scan), 3)}; use --add to add a file");
            }

            var executes = Components.HomeOf(_component, path) is not null || (replaced is null ? isExecutable : PlannedMember.Executes(replaced.Mode));
            try
            {
                plan.Put(PlannedMember.File(path, executes, content));
            }
            catch (FormatException fault)
            {
                throw new PackageException($"{scan.Name} {fault.Message}", fault);
            }
        }
    }

    private static IEnumerable<string> Near(string path, PackageScan scan) => scan.Members
        .Where(member => member.Kind != MemberKind.Directory)
        .Select(member => member.Path)
        .OrderBy(other => Path.GetFileName(other) == Path.GetFileName(path) ? 0 : 1)
        .ThenBy(other => Distance(path, other))
        .Take(3);

    /// <summary>Insertions, deletions and changes between two names.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
