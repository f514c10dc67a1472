using System.Runtime.Versioning;
using System.Text;

namespace TiupDmNet.Packages.Tests.Support;

/// <summary>
/// A directory laid out as a package of dm-master, with what a package may hold: names as long as a file system takes them, every mode,
/// empty files, symbolic and hard links. The same one for the same seed.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class RandomTree
{
    private const string Entry = "dm-master/dm-master";

    /// <summary>Less than the longest path of a package, for what lies below the deepest directory.</summary>
    private const int LongestDirectory = 2600;

    private static readonly Rune[] Letters = [.. "abcdefghijklmnopqrstuvwxyzABC0123456789 .-_+=,@~#'\"$&()[]{}*?äßé中文🙂".EnumerateRunes()];

    private readonly string _top;
    private readonly Random _random;
    private readonly List<PackageMember> _members = [];
    private readonly Dictionary<string, string> _firstOfLinked = new(StringComparer.Ordinal);

    private RandomTree(string top, int seed)
    {
        _top = top;
        _random = new Random(seed);
    }

    public string Top => _top;

    /// <summary>Every member but the top; hard links as the files that they are.</summary>
    public IReadOnlyList<PackageMember> Members => _members;

    public static async Task<RandomTree> GrowAsync(string top, int seed)
    {
        var tree = new RandomTree(top, seed);
        tree.AddDirectory("dm-master");
        tree.AddFile(Entry, [.. Elf.Wide(), .. new byte[5000]], (UnixFileMode)0x1ed);
        while (tree._members.Count < 60)
        {
            await tree.AddAnythingAsync();
        }

        return tree;
    }

    /// <summary>All paths in some order; what lies in a directory may come before it.</summary>
    public IReadOnlyList<string> InAnyOrder(int seed)
    {
        var random = new Random(seed);
        return [.. _members.Select(member => member.Path).OrderBy(_ => random.Next())];
    }

    /// <summary>What a reader must find in an archive with the members in an order: the first of the names of one file is the file, the others link to it.</summary>
    public IEnumerable<PackageMember> ArchivedAs(IReadOnlyList<string> order)
    {
        var byPath = _members.ToDictionary(member => member.Path, StringComparer.Ordinal);
        var written = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in order)
        {
            var member = byPath[path];
            var file = _firstOfLinked.GetValueOrDefault(path, path);
            yield return member.Kind != MemberKind.File || written.TryAdd(file, path)
                ? member
                : member with { Kind = MemberKind.HardLink, Size = 0, LinkTarget = written[file] };
        }
    }

    private async Task AddAnythingAsync()
    {
        var directories = _members.Where(member => member.Kind == MemberKind.Directory && Encoding.UTF8.GetByteCount(member.Path) < LongestDirectory).ToList();

        // The newest as often as all others together: so it grows deep as well as wide.
        var directory = _random.Next(2) == 0 ? directories[^1] : directories[_random.Next(directories.Count)];
        var path = $"{directory.Path}/{Name()}";
        if (Path.Exists(In(path)) || _members.Any(member => member.Path == path))
        {
            return;
        }

        switch (_random.Next(8))
        {
            case 0 or 1 or 2:
                AddDirectory(path);
                break;
            case 3:
                AddLink(path, _random.Next(2) == 0 ? Name() : $"./{Name()}/{Name()}");
                break;
            case 4:
                await AddHardLinkAsync(path);
                break;
            default:
                AddFile(path, Content(), (UnixFileMode)_random.Next(0x200) | UnixFileMode.UserRead | UnixFileMode.UserWrite);
                break;
        }
    }

    private void AddDirectory(string path)
    {
        Directory.CreateDirectory(In(path));
        var mode = (UnixFileMode)_random.Next(0x200) | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        File.SetUnixFileMode(In(path), mode);
        _members.Add(new PackageMember(path, MemberKind.Directory, 0, mode, null));
    }

    private void AddFile(string path, byte[] content, UnixFileMode mode)
    {
        File.WriteAllBytes(In(path), content);
        File.SetUnixFileMode(In(path), mode);
        _members.Add(new PackageMember(path, MemberKind.File, content.Length, mode, null));
    }

    private void AddLink(string path, string target)
    {
        File.CreateSymbolicLink(In(path), target);
        _members.Add(new PackageMember(path, MemberKind.SymbolicLink, 0, (UnixFileMode)0x1ff, target));
    }

    private async Task AddHardLinkAsync(string path)
    {
        // Not to the executable: where that is a link itself, a package is refused.
        var files = _members.Where(member => member.Kind == MemberKind.File && member.Path != Entry).ToList();
        if (files.Count == 0)
        {
            return;
        }

        var file = files[_random.Next(files.Count)];
        await Tool.RunAsync(_top, "ln", "--", file.Path, path);
        _firstOfLinked[path] = _firstOfLinked.GetValueOrDefault(file.Path, file.Path);
        _members.Add(file with { Path = path });
    }

    private string In(string path) => Path.Combine(_top, path);

    private byte[] Content()
    {
        var bytes = new byte[_random.Next(4) switch { 0 => 0, 1 => _random.Next(2000), 2 => 512 * _random.Next(5), _ => _random.Next(50_000) }];
        _random.NextBytes(bytes.AsSpan(0, bytes.Length / 2));
        return bytes;
    }

    /// <summary>Most are short; some as long as a name may be, and some about as long as a field of a header.</summary>
    private string Name()
    {
        var length = _random.Next(6) switch { 0 => 255, 1 => _random.Next(90, 110), _ => _random.Next(2, 20) };
        var name = new StringBuilder("n");
        for (var bytes = 1; bytes < length;)
        {
            var letter = Letters[_random.Next(Letters.Length)];
            letter = bytes + letter.Utf8SequenceLength > length ? new Rune('x') : letter;
            name.Append(letter);
            bytes += letter.Utf8SequenceLength;
        }

        return name.ToString();
    }
}
