using System.Security.Cryptography;

namespace TiupDmNet.Storage;

/// <summary>
/// Replaces files so that a reader, and a power cut, see the old content or the new one and never a part:
/// temporary file beside the target, fsync, rename, fsync of the directory.
/// </summary>
public static class AtomicFile
{
    /// <summary>Permission bits 0644.</summary>
    public const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Permission bits 0600.</summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes <paramref name="content"/> to <paramref name="path"/>; its directory must exist.</summary>
    public static Task WriteAsync(string path, ReadOnlyMemory<byte> content, UnixFileMode mode = Readable, CancellationToken cancellation = default) =>
        WriteAsync(path, (stream, token) => stream.WriteAsync(content, token).AsTask(), mode, cancellation);

    /// <summary>
    /// Lets <paramref name="write"/> fill a temporary file and puts that in the place of <paramref name="path"/>. Whatever
    /// fails, the file that was there stays as it was and nothing is left beside it.
    /// </summary>
    /// <param name="path">A file, or a symbolic link, which is replaced itself; its directory must exist.</param>
    /// <param name="write">Writes the content, in any number of pieces. Exceptions of its own come through as they are.</param>
    /// <param name="mode">The permission bits that the file will have, whatever the umask.</param>
    /// <param name="cancellation">Heeded until the file is complete.</param>
    /// <exception cref="StorageException">The file could not be written: disk full, permission, no such directory.</exception>
    public static async Task WriteAsync(string path, Func<Stream, CancellationToken, Task> write, UnixFileMode mode = Readable, CancellationToken cancellation = default)
    {
        var temporary = TemporaryBeside(path);
        try
        {
            var stream = Create(temporary, path);
            await using (stream.ConfigureAwait(false))
            {
                await write(stream, cancellation).ConfigureAwait(false);
                await stream.FlushAsync(cancellation).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
                await Task.Run(() => Finish(stream, path, mode), CancellationToken.None).ConfigureAwait(false);
            }

            Replace(temporary, path);
        }
        catch (Exception failure)
        {
            Discard(temporary);
            if (StorageFailure.IsDiskFull(failure))
            {
                throw StorageFailure.Of($"write {path}", failure);
            }

            throw;
        }
    }

    /// <summary>Makes <paramref name="path"/> a symbolic link to <paramref name="target"/>, replacing what was there by one rename.</summary>
    /// <param name="path">Where the link will be; its directory must exist.</param>
    /// <param name="target">What the link says, as it is: relative to the link's directory if not absolute. It need not exist.</param>
    /// <exception cref="StorageException">The link could not be made.</exception>
    public static void Link(string path, string target)
    {
        var temporary = TemporaryBeside(path);
        try
        {
            File.CreateSymbolicLink(temporary, target);
            Posix.Rename(temporary, path);
            Posix.FlushDirectory(DirectoryOf(path));
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            Discard(temporary);
            throw StorageFailure.Of($"make the link {path}", failure);
        }
    }

    /// <summary>
    /// Renames a file or a directory within one file system, for good. A file that is at <paramref name="to"/> is replaced, an empty directory too.
    /// </summary>
    /// <exception cref="StorageException">It cannot be renamed.</exception>
    public static void Move(string from, string to)
    {
        try
        {
            Posix.Rename(from, to);
            Posix.FlushDirectory(DirectoryOf(to));
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            throw StorageFailure.Of($"move {from} to {to}", failure);
        }
    }

    /// <summary>Removes a file or a symbolic link, not what it points at, for good. Does nothing where there is none.</summary>
    /// <exception cref="StorageException">It cannot be removed.</exception>
    public static void Remove(string path)
    {
        try
        {
            File.Delete(path);
            Posix.FlushDirectory(DirectoryOf(path));
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            throw StorageFailure.Of($"remove {path}", failure);
        }
    }

    private static FileStream Create(string temporary, string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            // Until it is complete, nobody else needs to see it: it may be a private key.
            options.UnixCreateMode = Private;
        }

        try
        {
            return new FileStream(temporary, options);
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            throw StorageFailure.Of($"write {path}", failure);
        }
    }

    private static void Finish(FileStream stream, string path, UnixFileMode mode)
    {
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(stream.SafeFileHandle, mode);
            }

            stream.Flush(flushToDisk: true);
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            throw StorageFailure.Of($"write {path}", failure);
        }
    }

    private static void Replace(string temporary, string path)
    {
        try
        {
            Posix.Rename(temporary, path);
            Posix.FlushDirectory(DirectoryOf(path));
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            throw StorageFailure.Of($"write {path}", failure);
        }
    }

    private static string TemporaryBeside(string path) =>
        Path.Combine(DirectoryOf(path), $".{Path.GetFileName(path)}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.tmp");

    private static string DirectoryOf(string path) =>
        Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new ArgumentException($"{path} is not the path of a file", nameof(path));

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            // What made the write fail is what the operator must hear of.
        }
    }
}
