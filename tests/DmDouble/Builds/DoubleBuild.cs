using System.Buffers.Binary;
using System.Reflection;
using System.Text.Json;

namespace DmDouble;

/// <summary>Makes "builds" of the stand-ins: one program file with a build stamp behind it.</summary>
/// <remarks>
/// The stamp is a trailer, <c>json, int32 length (little endian), magic</c>. Neither the kernel nor the .NET host looks behind the end of the
/// image, so a stamped file runs like the plain one, and two stamps make two files with different hashes.
/// </remarks>
public static class DoubleBuild
{
    private const int ElfMachineOffset = 18;
    private const int TrailerTail = sizeof(int) + 16;
    private static readonly UnixFileMode ProgramMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute |
        UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static ReadOnlySpan<byte> Magic => "DM-DOUBLE-STAMP1"u8;

    /// <summary>The program as one file, to be copied and stamped: this process itself, or the one that was published beside the build.</summary>
    public static string Executable
    {
        get
        {
            if (Environment.ProcessPath is { } self && IsSingleFile)
            {
                return self;
            }

            var published = typeof(DoubleBuild).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "DmDouble.SingleFile").Value!;
            return File.Exists(published)
                ? published
                : throw new FileNotFoundException($"{published} is not there; build tests/DmDouble first", published);
        }
    }

#pragma warning disable IL3000 // That it is empty in a single file is what is asked here.
    private static bool IsSingleFile => typeof(DoubleBuild).Assembly.Location.Length == 0;
#pragma warning restore IL3000

    /// <summary>Writes <paramref name="target"/>: the program of <paramref name="sourceExe"/> (without the stamp that it may have) with this stamp.</summary>
    public static void Stamp(string sourceExe, string target, BuildStamp stamp)
    {
        var image = WithoutStamp(File.ReadAllBytes(sourceExe));
        var json = JsonSerializer.SerializeToUtf8Bytes(stamp, BuildStampJson.Default.BuildStamp);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, json.Length);

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
        File.Delete(target);
        using var file = new FileStream(target, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = ProgramMode });
        file.Write(image);
        file.Write(json);
        file.Write(length);
        file.Write(Magic);
        File.SetUnixFileMode(target, ProgramMode);
    }

    /// <summary>The stamp of a file; <see cref="BuildStamp.None"/> where it has none.</summary>
    public static BuildStamp Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Span<byte> tail = stackalloc byte[TrailerTail];
        if (stream.Length < TrailerTail)
        {
            return BuildStamp.None;
        }

        stream.Position = stream.Length - TrailerTail;
        stream.ReadExactly(tail);
        if (!tail[sizeof(int)..].SequenceEqual(Magic))
        {
            return BuildStamp.None;
        }

        var json = new byte[BinaryPrimitives.ReadInt32LittleEndian(tail)];
        stream.Position = stream.Length - TrailerTail - json.Length;
        stream.ReadExactly(json);
        return JsonSerializer.Deserialize(json, BuildStampJson.Default.BuildStamp)!;
    }

    /// <summary>Makes the file say that it is for another machine: <c>amd64</c> or <c>arm64</c>.</summary>
    public static void WithArchitecture(string file, string architecture)
    {
        ushort machine = architecture switch
        {
            "amd64" => 62,
            "arm64" => 183,
            _ => throw new ArgumentException($"'{architecture}' is not an architecture of DM: amd64, arm64", nameof(architecture)),
        };
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, machine);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Write);
        stream.Position = ElfMachineOffset;
        stream.Write(bytes);
    }

    private static ReadOnlySpan<byte> WithoutStamp(ReadOnlySpan<byte> file) =>
        file.Length > TrailerTail && file[^16..].SequenceEqual(Magic)
            ? file[..^(TrailerTail + BinaryPrimitives.ReadInt32LittleEndian(file[^TrailerTail..]))]
            : file;
}
