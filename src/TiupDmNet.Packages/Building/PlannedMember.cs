using TiupDmNet.Packages.Reading;

namespace TiupDmNet.Packages.Building;

/// <summary>Bytes on this machine.</summary>
internal sealed record Content(string File, long Offset, long Length);

/// <summary>A member to be written.</summary>
/// <param name="Path">Normalised.</param>
/// <param name="Kind">Hard links are not written: what they share is written twice.</param>
/// <param name="IsExecutable">0755 rather than 0644. Other modes are not kept, so that the same content makes the same package.</param>
/// <param name="LinkTarget">For symbolic links.</param>
/// <param name="Content">For files.</param>
internal sealed record PlannedMember(string Path, MemberKind Kind, bool IsExecutable, string? LinkTarget, Content? Content)
{
    /// <summary>True when anyone may execute it.</summary>
    public static bool Executes(UnixFileMode mode) =>
        (mode & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;

    public static PlannedMember File(string path, bool isExecutable, Content content) => new(path, MemberKind.File, isExecutable, null, content);

    public static PlannedMember Directory(string path) => new(path, MemberKind.Directory, true, null, null);

    public static PlannedMember Link(string path, string target) => new(path, MemberKind.SymbolicLink, true, target, null);
}

/// <summary>What a package will hold, by path; directories come before what is in them.</summary>
internal sealed class PackagePlan
{
    private readonly SortedDictionary<string, PlannedMember> _members = new(StringComparer.Ordinal);

    public IEnumerable<PlannedMember> Members => _members.Values;

    public PlannedMember? Find(string path) => _members.GetValueOrDefault(path);

    /// <summary>Adds or replaces a member, and adds the directories above it.</summary>
    /// <exception cref="FormatException">It would lie below a file, or take the place of a directory that holds something.</exception>
    public void Put(PlannedMember member)
    {
        for (var slash = member.Path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = member.Path.IndexOf('/', slash + 1))
        {
            var above = member.Path[..slash];
            if (_members.TryGetValue(above, out var found) && found.Kind != MemberKind.Directory)
            {
                throw new FormatException($"cannot hold {Text.Shown(member.Path)}, because {Text.Shown(above)} is not a directory");
            }

            _members[above] = PlannedMember.Directory(above);
        }

        if (member.Kind != MemberKind.Directory && _members.GetValueOrDefault(member.Path) is { Kind: MemberKind.Directory })
        {
            throw new FormatException($"cannot hold {Text.Shown(member.Path)} as a file, because it is a directory");
        }

        _members[member.Path] = member;
    }

    /// <summary>Adds a member that must not be there yet, unless both are directories.</summary>
    /// <exception cref="FormatException">It is there, or as for <see cref="Put"/>.</exception>
    public void PutNew(PlannedMember member)
    {
        if (_members.TryGetValue(member.Path, out var found) && !(found.Kind == MemberKind.Directory && member.Kind == MemberKind.Directory))
        {
            throw new FormatException($"would hold {Text.Shown(member.Path)} twice");
        }

        Put(member);
    }
}
