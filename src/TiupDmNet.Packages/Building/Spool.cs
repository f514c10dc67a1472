using TiupDmNet.Packages.Reading;

namespace TiupDmNet.Packages.Building;

/// <summary>
/// Keeps the content of a package's files in one temporary file, because they are written again in another order than they are read.
/// </summary>
internal sealed class Spool : IMemberSink, IDisposable
{
    private readonly string output;
    private readonly FileStream file;
    private readonly Func<PackageMember, bool> isWanted;
    private readonly Dictionary<string, Content> contents = new(StringComparer.Ordinal);
    private bool writing;

    /// <param name="output">What will be written; the temporary file lies beside it, and goes away with this object.</param>
    /// <param name="isWanted">False for a file whose content will not be needed.</param>
    /// <exception cref="PackageException">It cannot be written there.</exception>
    public Spool(string output, Func<PackageMember, bool> isWanted)
    {
        this.output = output;
        this.isWanted = isWanted;
        try
        {
            file = new FileStream(output + ".spool", FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw PackageWriter.CannotWrite(output, fault);
        }
    }

    public void Begin(PackageMember member)
    {
        writing = false;
        if (member.Kind == MemberKind.File && isWanted(member))
        {
            writing = true;
            contents[member.Path] = new Content(file.Name, file.Position, member.Size);
        }
        else if (member.Kind == MemberKind.HardLink && contents.TryGetValue(member.LinkTarget!, out var shared))
        {
            contents[member.Path] = shared;
        }
    }

    public void Write(ReadOnlySpan<byte> content)
    {
        if (!writing)
        {
            return;
        }

        try
        {
            file.Write(content);
        }
        catch (IOException fault)
        {
            throw PackageWriter.CannotWrite(output, fault);
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
        _ => contents.TryGetValue(member.Path, out var content) ? PlannedMember.File(path, PlannedMember.Executes(member.Mode), content) : null,
    };

    public void Dispose() => file.Dispose();
}
