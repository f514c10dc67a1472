using System.Globalization;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Publishing;

/// <summary>
/// Puts the files of a change into a mirror's directory as if they were one. They are all written beside the mirror's own first; then one rename
/// decides the change, and from there on it is carried out to its end: by who decided it, or by the next publisher if that one died. Everything
/// here happens under the mirror's lock.
/// </summary>
/// <remarks>
/// Readers see the old mirror until the last rename, that of the timestamp. Only between the snapshot's and the timestamp's do they have to read
/// again: TiUP's protocol has no name under which both could be replaced at once.
/// </remarks>
internal static class ChangeJournal
{
    /// <summary>Dot names, which no client asks for.</summary>
    private const string Preparing = ".change.preparing";
    private const string Decided = ".change";

    /// <summary>True for what is left where a change was cut off: not a part of the mirror, and nobody else's.</summary>
    public static bool IsRemnant(string path) => Path.GetFileName(path) is var name
        && (name is Preparing or Decided || (name.StartsWith('.') && name.EndsWith(".tmp", StringComparison.Ordinal) && File.Exists(path)));

    /// <summary>Writes files and puts them in their places, in the order in which they are given.</summary>
    /// <param name="cancellation">Heeded until the change is decided.</param>
    /// <exception cref="StorageException">
    /// They could not be written; then nothing has changed. Or they could not be put in their places; then the message says so, and the next publisher goes on.
    /// </exception>
    public static async Task CommitAsync(string directory, IReadOnlyList<(string File, byte[] Bytes)> files, CancellationToken cancellation)
    {
        var preparing = Path.Combine(directory, Preparing);
        try
        {
            Discard(preparing);
            Directory.CreateDirectory(preparing);
            for (var i = 0; i < files.Count; i++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{i:00000}-{files[i].File}");
                await AtomicFile.WriteAsync(Path.Combine(preparing, name), files[i].Bytes, cancellation: cancellation).ConfigureAwait(false);
            }

            AtomicFile.Move(preparing, Path.Combine(directory, Decided));
        }
        catch (Exception error) when (error is not StorageException and (IOException or UnauthorizedAccessException))
        {
            Discard(preparing);
            throw new StorageException($"cannot write into {directory}: {error.Message}", error);
        }
        catch
        {
            Discard(preparing);
            throw;
        }

        try
        {
            CarryOut(directory);
        }
        catch (StorageException error)
        {
            throw new StorageException($"{error.Message}; the change was decided and is half done: the next command that changes {directory} carries it out", error);
        }
    }

    /// <summary>Carries out what another publisher has decided, and forgets what it has not.</summary>
    public static async Task RecoverAsync(string directory, CancellationToken cancellation)
    {
        Discard(Path.Combine(directory, Preparing));
        RemoveTemporaries(directory);
        var decided = Path.Combine(directory, Decided);
        if (!Directory.Exists(decided))
        {
            return;
        }

        // TiUP knows nothing of this journal. What it has published in the meantime must not be undone.
        var timestamp = Files(decided).FirstOrDefault(file => Target(file) == RoleNames.TimestampFile);
        if (timestamp is not null && await VersionAsync(timestamp, cancellation).ConfigureAwait(false)
            > await VersionAsync(Path.Combine(directory, RoleNames.TimestampFile), cancellation).ConfigureAwait(false))
        {
            CarryOut(directory);
        }
        else
        {
            Discard(decided);
        }
    }

    /// <summary>Removes what is left of a change to a mirror that nobody has ever read.</summary>
    public static void Forget(string directory)
    {
        Discard(Path.Combine(directory, Preparing));
        Discard(Path.Combine(directory, Decided));
        RemoveTemporaries(directory);
    }

    private static void CarryOut(string directory)
    {
        var decided = Path.Combine(directory, Decided);
        foreach (var file in Files(decided))
        {
            AtomicFile.Move(file, Path.Combine(directory, Target(file)));
        }

        Discard(decided);
    }

    private static IEnumerable<string> Files(string journal) => Directory.GetFiles(journal).Order(StringComparer.Ordinal);

    private static string Target(string file) => Path.GetFileName(file) is var name && name.IndexOf('-', StringComparison.Ordinal) is var at ? name[(at + 1)..] : "";

    /// <summary>Zero where there is no timestamp yet, or none that can be read.</summary>
    private static async Task<long> VersionAsync(string timestamp, CancellationToken cancellation)
    {
        try
        {
            var bytes = await File.ReadAllBytesAsync(timestamp, cancellation).ConfigureAwait(false);
            return TimestampManifest.Read(SignedDocument.Parse(new Origin(RoleNames.TimestampFile, timestamp), bytes)).Header.Version;
        }
        catch (Exception error) when (error is FileNotFoundException or UntrustedException)
        {
            return 0;
        }
    }

    /// <summary>All temporary files here are written under the lock: whoever began these is dead.</summary>
    private static void RemoveTemporaries(string directory)
    {
        foreach (var file in Directory.GetFiles(directory).Where(IsRemnant))
        {
            AtomicFile.Remove(file);
        }
    }

    private static void Discard(string journal)
    {
        if (!Directory.Exists(journal))
        {
            return;
        }

        try
        {
            Directory.Delete(journal, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"cannot remove {journal}: {error.Message}", error);
        }
    }
}
