using System.Globalization;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.Storage;

namespace TiupDmNet.Clusters;

/// <summary>meta.yaml on the disk: read whole, changed by an edit of what is there now, kept in <c>backup/</c> before.</summary>
internal sealed class MetaFile(ClusterPaths paths, TimeProvider time)
{
    private const int Attempts = 5;
    private const UnixFileMode Traversable = AtomicFile.Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public ParsedMeta Read() => MetaReader.Parse(paths.Meta, ReadBytes());

    /// <summary>
    /// Edits the file as it is now. TiUP takes no lock, so what was read is compared with what is there just before the
    /// replacement, and the edit made again on what another tool wrote meanwhile.
    /// </summary>
    public async Task<ParsedMeta> ChangeAsync(Func<ParsedMeta, ParsedMeta> edit, CancellationToken cancellation)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var before = ReadBytes();
            var parsed = MetaReader.Parse(paths.Meta, before);
            var edited = edit(parsed);
            if (ReferenceEquals(edited, parsed))
            {
                return parsed;
            }

            await BackUpAsync(before, cancellation).ConfigureAwait(false);
            if (ReadBytes().AsSpan().SequenceEqual(before))
            {
                await ReplaceAsync(edited, before, cancellation).ConfigureAwait(false);
                return edited;
            }
        }

        throw new ClusterException($"{paths.Meta} was changed by another tool each of the {Attempts} times that it was to be saved; wait until that tool has ended and run the command again");
    }

    private byte[] ReadBytes()
    {
        try
        {
            return File.ReadAllBytes(paths.Meta);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ClusterException($"{paths.Meta} is not there any more; another tool destroyed or renamed the cluster, see `dotnet dm-patch list`", missing);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"cannot read {paths.Meta}: {failure.Message.TrimEnd('.')}; run the command as the user that deployed the cluster", failure);
        }
    }

    /// <summary>Named as by TiUP, by the local time as Go writes RFC 3339 with nanoseconds (pingcap/tiup pkg/utils/ioutil.go:334).</summary>
    private async Task BackUpAsync(byte[] content, CancellationToken cancellation)
    {
        CreateDirectory(paths.Backups);
        var now = time.GetLocalNow();
        string path;
        while (File.Exists(path = Path.Combine(paths.Backups, $"meta-{Rfc3339(now)}.yaml")))
        {
            now = now.AddTicks(1);
        }

        await AtomicFile.WriteAsync(path, content, cancellation: cancellation).ConfigureAwait(false);
    }

    private async Task ReplaceAsync(ParsedMeta edited, byte[] before, CancellationToken cancellation)
    {
        // An operator may have linked meta.yaml to where it is shared; the link is to stay.
        var target = File.ResolveLinkTarget(paths.Meta, returnFinalTarget: true)?.FullName ?? paths.Meta;
        var mode = OperatingSystem.IsWindows() ? AtomicFile.Readable : File.GetUnixFileMode(target);
        var mark = before.AsSpan().StartsWith("\uFEFF"u8) ? "\uFEFF"u8.ToArray() : [];
        await AtomicFile.WriteAsync(target, (byte[])[.. mark, .. edited.Text.ToBytes()], mode, cancellation).ConfigureAwait(false);
    }

    internal static void CreateDirectory(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, Traversable);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"cannot make the directory {path}: {failure.Message.TrimEnd('.')}; run the command as the user that deployed the cluster", failure);
        }
    }

    private static string Rfc3339(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture)
        + (time.Offset == TimeSpan.Zero ? "Z" : time.ToString("zzz", CultureInfo.InvariantCulture));
}
