namespace TiupDmNet.Packages.Reading;

/// <summary>Probes, while a package goes by, every file that could be the executable of a component.</summary>
internal sealed class Candidates : IMemberSink, IDisposable
{
    private readonly IReadOnlyList<string> _components;
    private readonly Dictionary<string, ElfProbe> _probes = new(StringComparer.Ordinal);
    private ElfProbe? _current;

    /// <param name="wanted">More to look for besides the known ones.</param>
    public Candidates(IReadOnlyList<string> wanted) => _components = [.. Components.Known.Union(wanted)];

    public void Begin(PackageMember member)
    {
        _current = null;
        if (member.Kind == MemberKind.File && _components.Any(component => Components.HomeOf(component, member.Path) is not null))
        {
            // Each probe holds some memory, and no package has executables by the hundred.
            _current = _probes.Count < 100 ? _probes[member.Path] = new ElfProbe() : null;
        }
    }

    public void Write(ReadOnlySpan<byte> content) => _current?.Write(content);

    public void End()
    {
    }

    /// <summary>The component's executable, found and judged.</summary>
    /// <exception cref="PackageException">It is not there, or not usable.</exception>
    public ComponentPackage Select(PackageScan scan, string path, string? wanted)
    {
        var component = wanted ?? OnlyComponent(scan);
        var entry = Entry(scan, component);
        return new ComponentPackage
        {
            Path = path,
            Component = component,
            EntryPath = entry.Path,
            CanonicalEntryPath = Components.CanonicalEntry(component),
            IsCanonical = scan.Container == Container.Gzip && entry.Path == Components.CanonicalEntry(component),
            Sha256 = scan.Sha256,
            Sha1 = scan.Sha1,
            Size = scan.Size,
            UnpackedSize = scan.UnpackedSize,
            Executable = Judge(scan, component, entry),
            Members = scan.Members,
        };
    }

    /// <summary>The components that the package has an executable of.</summary>
    /// <exception cref="PackageException">There are none.</exception>
    public IReadOnlyList<string> AllPresent(PackageScan scan)
    {
        var present = Present(scan);
        return present.Count > 0
            ? present
            : throw new PackageException($"{scan.Name} holds no executable of a component of DM ({string.Join(", ", Components.Known.Take(3))}, …); {Contents(scan)}");
    }

    public void Dispose()
    {
        foreach (var probe in _probes.Values)
        {
            probe.Dispose();
        }
    }

    private string OnlyComponent(PackageScan scan)
    {
        var present = AllPresent(scan);
        return present.Count == 1
            ? present[0]
            : throw new PackageException(
                $"{scan.Name} holds several components ({string.Join(", ", present)}); name the one to use with -R, or make a package of each with `dotnet dm-patch package build --bundle {Text.Word(scan.Name)}`");
    }

    private List<string> Present(PackageScan scan) => [.. _components.Where(component => EntriesOf(scan, component).Count > 0)];

    private PackageMember Entry(PackageScan scan, string component)
    {
        var canonical = Components.CanonicalEntry(component);
        var entries = EntriesOf(scan, component);
        if (entries.FirstOrDefault(member => member.Path == canonical) is { } expected)
        {
            return expected;
        }

        switch (entries.Count)
        {
            case 1:
                return entries[0];
            case > 1:
                throw new PackageException(
                    $"{scan.Name} holds {component} more than once ({Text.Listing(entries.Select(member => member.Path))}), and none of them at {canonical}, where TiUP looks");
        }

        if (scan.Members.FirstOrDefault(member => member.Path == canonical) is { Kind: MemberKind.Directory })
        {
            throw new PackageException($"{scan.Name}: {canonical} is a directory, and should be the executable");
        }

        var present = Present(scan);
        throw new PackageException(present.Count > 0
            ? $"{scan.Name} holds {string.Join(" and ", present)}, not {component}; {Contents(scan)}"
            : $"{scan.Name} holds no {component}: no {canonical}, bin/{Components.ExecutableName(component)} or {Components.ExecutableName(component)} at the top or in one directory below it; {Contents(scan)}");
    }

    private static List<PackageMember> EntriesOf(PackageScan scan, string component) =>
        [.. scan.Members.Where(member => member.Kind != MemberKind.Directory && Components.HomeOf(component, member.Path) is not null)];

    private static string Contents(PackageScan scan)
    {
        var files = scan.Members.Where(member => member.Kind != MemberKind.Directory).ToList();
        if (files.Count == 0)
        {
            return "it holds no files";
        }

        // PingCAP's offline bundle is an archive of packages.
        var packages = files.Where(member => member.Path.EndsWith(".tar.gz", StringComparison.Ordinal)).Select(member => member.Path).ToList();
        return packages.Count > 0
            ? $"it holds packages ({Text.Listing(packages)}): unpack it, and use the one for the component"
            : $"it holds {Text.Listing(files.OrderBy(member => (member.Mode & UnixFileMode.UserExecute) == 0).Select(member => member.Path))}";
    }

    private Executable Judge(PackageScan scan, string component, PackageMember entry)
    {
        var what = $"{scan.Name}: {Text.Shown(entry.Path)}";
        if (entry.Kind != MemberKind.File)
        {
            var link = entry.Kind == MemberKind.SymbolicLink ? "symbolic link" : "hard link";
            throw new PackageException($"{what} is a {link} to {Text.Shown(entry.LinkTarget!)}, and should be the executable itself");
        }

        const UnixFileMode ReadAndExecute = UnixFileMode.UserRead | UnixFileMode.UserExecute;
        if ((entry.Mode & ReadAndExecute) != ReadAndExecute)
        {
            throw new PackageException($"{what} is not executable (its mode is {Convert.ToString((int)entry.Mode, 8).PadLeft(4, '0')}); run `chmod 755` on the file and pack it again");
        }

        try
        {
            var probe = _probes.GetValueOrDefault(entry.Path) ?? throw new FormatException("comes after a hundred others that could be the executable");
            var executable = probe.Finish();
            CheckIdentity(component, executable);
            return executable;
        }
        catch (FormatException fault)
        {
            throw new PackageException($"{what} {fault.Message}", fault);
        }
    }

    /// <summary>dm-master's binary under dm-worker's name starts, and only then fails.</summary>
    private static void CheckIdentity(string component, Executable executable)
    {
        if (executable.GoMainPackage is { } package
            && Components.Known.FirstOrDefault(known => package.EndsWith($"/cmd/{known}", StringComparison.Ordinal)) is { } built
            && built != component)
        {
            throw new FormatException($"is a build of {built}, not of {component} (it was built from {Text.Shown(package)})");
        }
    }
}
