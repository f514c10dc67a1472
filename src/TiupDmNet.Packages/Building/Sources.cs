using System.Text;
using TiupDmNet.Packages.Reading;

namespace TiupDmNet.Packages.Building;

/// <summary>Files of this machine that go into a package.</summary>
internal static class Sources
{
    /// <summary>As much of an executable as its headers lie in.</summary>
    private const int HeadLength = 64 * 1024;

    /// <exception cref="PackageException">Missing, a directory, or not readable.</exception>
    public static (Content Content, bool IsExecutable) Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new PackageException($"{path} is a directory, and should be a file");
        }

        using var file = InputFile.Open(path, path);
        var isExecutable = !OperatingSystem.IsWindows() && PlannedMember.Executes(File.GetUnixFileMode(file.SafeFileHandle));
        return (new Content(path, 0, file.Length), isExecutable);
    }

    /// <summary>Looks at the headers of what is to be the component's executable, before much work goes into packing it.</summary>
    /// <exception cref="PackageException">Not an ELF executable for Linux, or not a whole one.</exception>
    public static void CheckExecutable(string path)
    {
        using var file = InputFile.Open(path, path);
        var head = new byte[Math.Min(HeadLength, file.Length)];
        var length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        try
        {
            if (ElfHeader.Parse(head.AsSpan(0, length)).Needs > file.Length)
            {
                throw new FormatException("is cut short: it is smaller than its headers say; copy it again");
            }
        }
        catch (FormatException fault)
        {
            throw new PackageException($"{path} {fault.Message}", fault);
        }
    }

    /// <exception cref="PackageException">The directory to write to does not exist.</exception>
    public static void CheckOutput(string output)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(output));
        if (directory is not null && !Directory.Exists(directory))
        {
            throw new PackageException($"{output} cannot be written: the directory {directory} does not exist");
        }

        if (Directory.Exists(output))
        {
            throw new PackageException($"{output} cannot be written: it is a directory");
        }
    }

    /// <summary>A path inside a package, given by an operator.</summary>
    /// <exception cref="PackageException">No package may hold it.</exception>
    public static string MemberPath(string written)
    {
        try
        {
            var path = Reading.MemberPath.Normalise(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(written)));
            return path.Length > 0 ? path : throw new FormatException("names no file");
        }
        catch (FormatException fault)
        {
            throw new PackageException($"\"{Text.Shown(written)}\" cannot be a path in a package: it {fault.Message}", fault);
        }
    }
}
