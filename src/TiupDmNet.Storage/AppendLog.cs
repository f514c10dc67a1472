using System.Text;
using Microsoft.Win32.SafeHandles;

namespace TiupDmNet.Storage;

/// <summary>
/// A file of lines that only grows. A line is on the disk when the call that wrote it returns. Calls may come from several
/// threads; only one process may have the log open, under some lock of its own.
/// </summary>
public sealed class AppendLog : IAsyncDisposable
{
    private readonly SafeFileHandle _file;
    private readonly SemaphoreSlim _turn = new(1, 1);

    private AppendLog(string path, SafeFileHandle file)
    {
        Path = path;
        _file = file;
    }

    public string Path { get; } = "";

    /// <summary>Opens or creates the log. A last line without its newline, left by a crash, is cut off.</summary>
    /// <exception cref="StorageException">It cannot be opened or created.</exception>
    public static AppendLog Open(string path, UnixFileMode mode = AtomicFile.Readable)
    {
        SafeFileHandle? file = null;
        try
        {
            file = Posix.Open(path, append: true, mode, out var created);
            if (created)
            {
                Posix.FlushDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
            }

            var whole = LengthOfWholeLines(file);
            if (whole < RandomAccess.GetLength(file))
            {
                RandomAccess.SetLength(file, whole);
                RandomAccess.FlushToDisk(file);
            }

            return new AppendLog(path, file);
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            file?.Dispose();
            throw StorageFailure.Of($"open {path}", failure);
        }
    }

    /// <summary>The whole lines of a log, whether it is being written or not; none where there is no such file.</summary>
    /// <exception cref="StorageException">It cannot be read.</exception>
    public static IReadOnlyList<string> ReadLines(string path)
    {
        try
        {
            var text = File.ReadAllText(path);
            return text.LastIndexOf('\n') is var end and > 0 ? text[..end].Split('\n') : [];
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            throw StorageFailure.Of($"read {path}", failure);
        }
    }

    /// <summary>Writes one line (which must not contain a newline) and, unless told otherwise, waits until the disk has it.</summary>
    /// <param name="line">Written as UTF-8.</param>
    /// <param name="durable">False leaves it to the operating system when the disk gets the line.</param>
    /// <param name="cancellation">Heeded until the line's turn has come; a line is never written in part.</param>
    /// <exception cref="StorageException">The disk is full or failing; the log then ends with the line before.</exception>
    public async Task AppendAsync(string line, bool durable = true, CancellationToken cancellation = default)
    {
        var bytes = BytesOf(line);
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await Task.Run(() => Write(bytes, durable), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Writes one line as <see cref="AppendAsync"/> does, and waits for the disk.</summary>
    /// <exception cref="StorageException">The disk is full or failing; the log then ends with the line before.</exception>
    public void Append(string line)
    {
        var bytes = BytesOf(line);
        _turn.Wait();
        try
        {
            Write(bytes, durable: true);
        }
        finally
        {
            _turn.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private static byte[] BytesOf(string line) => line.Contains('\n', StringComparison.Ordinal)
        ? throw new ArgumentException("a line of a log must not contain a newline", nameof(line))
        : Encoding.UTF8.GetBytes(line + '\n');

    private void Write(byte[] bytes, bool durable)
    {
        long before = 0;
        try
        {
            before = RandomAccess.GetLength(_file);
            RandomAccess.Write(_file, bytes, before);
            if (durable)
            {
                RandomAccess.FlushToDisk(_file);
            }
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            CutTo(before);
            throw StorageFailure.Of($"write {Path}", failure);
        }
    }

    private void CutTo(long length)
    {
        try
        {
            RandomAccess.SetLength(_file, length);
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            // The next Open cuts it.
        }
    }

    private static long LengthOfWholeLines(SafeFileHandle file)
    {
        var buffer = new byte[4096];
        var end = RandomAccess.GetLength(file);
        while (end > 0)
        {
            var start = Math.Max(0, end - buffer.Length);
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)(end - start)), start);
            var newline = buffer.AsSpan(0, read).LastIndexOf((byte)'\n');
            if (newline >= 0)
            {
                return start + newline + 1;
            }

            end = start;
        }

        return 0;
    }
}
