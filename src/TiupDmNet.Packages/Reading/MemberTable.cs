namespace TiupDmNet.Packages.Reading;

/// <summary>The members of a package, held against each other.</summary>
internal sealed class MemberTable
{
    private readonly Dictionary<string, PackageMember> _byPath = new(StringComparer.Ordinal);
    private readonly List<PackageMember> _members = [];

    public IReadOnlyList<PackageMember> Members => _members;

    /// <exception cref="FormatException">The message is the end of a sentence that starts with the package's name.</exception>
    public void Add(PackageMember member)
    {
        if (_byPath.TryGetValue(member.Path, out var earlier))
        {
            // Archives put together from several often bring the same directories; that changes nothing.
            if (earlier.Kind == MemberKind.Directory && member.Kind == MemberKind.Directory)
            {
                return;
            }

            throw new FormatException($"holds {Text.Shown(member.Path)} more than once, so it is unclear which one counts");
        }

        if (member.Kind == MemberKind.HardLink && !(_byPath.TryGetValue(member.LinkTarget!, out var target) && target.Kind is MemberKind.File or MemberKind.HardLink))
        {
            throw new FormatException(
                $"is hostile or damaged: the hard link {Text.Shown(member.Path)} points to {Text.Shown(member.LinkTarget!)}, which is not a file of the package before it");
        }

        _byPath.Add(member.Path, member);
        _members.Add(member);
    }

    /// <summary>Whatever lies below a path must find a directory there. Whether it does is known when all members are.</summary>
    public void CheckTree()
    {
        foreach (var member in _members)
        {
            for (var slash = member.Path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = member.Path.IndexOf('/', slash + 1))
            {
                var ancestor = member.Path[..slash];
                if (!_byPath.TryGetValue(ancestor, out var found) || found.Kind == MemberKind.Directory)
                {
                    continue;
                }

                throw new FormatException(found.Kind == MemberKind.SymbolicLink
                    ? $"is hostile: {Text.Shown(member.Path)} would be written through the link {Text.Shown(ancestor)} -> {Text.Shown(found.LinkTarget!)}"
                    : $"holds {Text.Shown(ancestor)} both as a file and as a directory");
            }
        }
    }
}
