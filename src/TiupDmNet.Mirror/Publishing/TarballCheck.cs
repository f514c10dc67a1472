using System.Formats.Tar;
using System.IO.Compression;

namespace TiupDmNet.Mirror.Publishing;

/// <summary>Looks for the entry that a manifest is about to promise. Whether the package is a good one is not for a mirror to say.</summary>
internal static class TarballCheck
{
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
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            throw new MirrorException(MirrorFailure.NotFound, $"cannot read {path} as a .tar.gz: {error.Message}", error);
        }
    }

    private static async Task RequireEntryAsync(string path, Stream unpacked, string entry, CancellationToken cancellation)
    {
        var tar = new TarReader(unpacked);
        await using (tar.ConfigureAwait(false))
        {
            while (await tar.GetNextEntryAsync(copyData: false, cancellation).ConfigureAwait(false) is { } found)
            {
                if (found.Name.StartsWith("./", StringComparison.Ordinal) ? found.Name[2..] != entry : found.Name != entry)
                {
                    continue;
                }

                if (found.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && (found.Mode & Executable) == Executable)
                {
                    return;
                }

                throw new MirrorException(MirrorFailure.NotFound, $"the entry {entry} in {path} is not a file that its owner can run");
            }
        }

        throw new MirrorException(MirrorFailure.NotFound, $"{path} has no entry {entry}");
    }
}
