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

    /// <summary>Lets <paramref name="write"/> fill a temporary file and puts that in the place of <paramref name="path"/>.</summary>
    public static Task WriteAsync(string path, Func<Stream, CancellationToken, Task> write, UnixFileMode mode = Readable, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    /// <summary>Makes <paramref name="path"/> a symbolic link to <paramref name="target"/>, replacing what was there by one rename.</summary>
    public static void Link(string path, string target) => throw new NotImplementedException();
}
