using System.Formats.Tar;
using System.IO.Compression;

namespace TiupDmNet.Mirror.Publishing;

/// <summary>Looks for the entry that a manifest is about to promise. Whether the package is a good one is not for a mirror to say.</summary>
internal static class TarballCheck
{
    private const int Shown = 5;
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserExecute;

    /// <exception cref="MirrorException">The file is no .tar.gz, or has no such program in it.</exception>
    public static async Task RequireEntryAsync(string path, string entry, CancellationToken cancellation)
    {
        try
        {
            var file = File.OpenRead(path);
            await using (file.ConfigureAwait(false))
            {
                var unpacked = new GZipStream(file, CompressionMode.Decompress);
                await using (unpacked.ConfigureAwait(false))
                {
                    await RequireEntryAsync(path, unpacked, entry, cancellation).ConfigureAwait(false);
                }
            }
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MirrorException(MirrorFailure.NotFound, $"there is no {path} to publish", error);
        }
        catch (InvalidDataException error)
        {
            throw new MirrorException(MirrorFailure.NotFound, $"cannot read {path} as a .tar.gz: it is none, or it is damaged; `package inspect` says more", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new MirrorException(MirrorFailure.NotFound, $"cannot read {path} as a .tar.gz: {error.Message}", error);
        }
    }

    private static async Task RequireEntryAsync(string path, Stream unpacked, string entry, CancellationToken cancellation)
    {
        var programs = new List<string>();
        var tar = new TarReader(unpacked);
        await using (tar.ConfigureAwait(false))
        {
            while (await tar.GetNextEntryAsync(copyData: false, cancellation).ConfigureAwait(false) is { } found)
            {
                var name = found.Name.StartsWith("./", StringComparison.Ordinal) ? found.Name[2..] : found.Name;
                var isProgram = found.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && (found.Mode & Executable) == Executable;
                if (name != entry)
                {
                    programs.AddRange(isProgram ? [name] : []);
                    continue;
                }

                if (isProgram)
                {
                    return;
                }

                throw new MirrorException(MirrorFailure.NotFound, $"the entry {entry} in {path} is not a file that its owner can run");
            }
        }

        throw new MirrorException(MirrorFailure.NotFound, $"{path} has no entry {entry}; {Hint(programs)}");
    }

    private static string Hint(List<string> programs) => programs.Count switch
    {
        0 => "it has no program at all",
        > Shown => $"its programs are {string.Join(", ", programs.Take(Shown))} and {programs.Count - Shown} more",
        _ => $"its programs are {string.Join(", ", programs)}",
    };
}
