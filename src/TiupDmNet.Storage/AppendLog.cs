namespace TiupDmNet.Storage;

/// <summary>A file of lines that only grows. A line is on the disk when the call that wrote it returns.</summary>
public sealed class AppendLog : IAsyncDisposable
{
    public string Path { get; } = "";

    /// <summary>Opens or creates the log. A last line without its newline, left by a crash, is cut off.</summary>
    public static AppendLog Open(string path, UnixFileMode mode = AtomicFile.Readable) => throw new NotImplementedException();

    /// <summary>Writes one line (which must not contain a newline) and, unless told otherwise, waits until the disk has it.</summary>
    public Task AppendAsync(string line, bool durable = true, CancellationToken cancellation = default) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
