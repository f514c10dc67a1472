using TiupDmNet.Packages.Reading;

namespace TiupDmNet.Packages.Building;

/// <summary>
/// Keeps the content of a package's files in one temporary file, because they are written again in another order than they are read.
/// </summary>
internal sealed class Spool : IMemberSink, IDisposable
{
    private readonly string _output;
    private readonly FileStream _file;
    private readonly Func<PackageMember, bool> _isWanted;
    private readonly Dictionary<string, Content> _contents = new(StringComparer.Ordinal);
    private bool _writing;

    /// <param name="output">What will be written; the temporary file lies beside it, and goes away with this object.</param>
    /// <param name="isWanted">False for a file whose content will not be needed.</param>
    /// <exception cref="PackageException">It cannot be written there.</exception>
    public Spool(string output, Func<PackageMember, bool> isWanted)
    {
        _output = output;
        _isWanted = isWanted;
        try
        {
            _file = new FileStream(_output + ".spool", FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw PackageWriter.CannotWrite(_output, fault);
        }
    }

    public void Begin(PackageMember member)
    {
        _writing = false;
        if (member.Kind == MemberKind.File && _isWanted(member))
        {
            _writing = true;
            _contents[member.Path] = new Content(_file.Name, _file.Position, member.Size);
        }
        else if (member.Kind == MemberKind.HardLink && _contents.TryGetValue(member.LinkTarget!, out var shared))
        {
            _contents[member.Path] = shared;
        }
    }

    public void Write(ReadOnlySpan<byte> content)
    {
        if (!_writing)
        {
            return;
        }

        try
        {
            _file.Write(content);
        }
        catch (IOException fault)
        {
            throw PackageWriter.CannotWrite(_output, fault);
        }
    }

    public void End()
    {
    }

    /// <summary>The member as it will be written; null for a file whose content was not kept.</summary>
    public PlannedMember? Plan(PackageMember member, string path) => member.Kind switch
    {
        MemberKind.Directory => PlannedMember.Directory(path),
        MemberKind.SymbolicLink => PlannedMember.Link(path, member.LinkTarget!),
        _ => _contents.TryGetValue(member.Path, out var content) ? PlannedMember.File(path, PlannedMember.Executes(member.Mode), content) : null,
    };

    public void Dispose() => _file.Dispose();
}
