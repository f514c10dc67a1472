using System.Text.Json;
using System.Text.Json.Nodes;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Downloads;

/// <summary>
/// A package on its way: <c>&lt;name&gt;.part</c> with the bytes so far, and <c>&lt;name&gt;.part.json</c> that says of which package they
/// are and how the server called that state of the file. Both outlive the process, so that the next run goes on.
/// </summary>
internal sealed class PartFile : IAsyncDisposable
{
    private readonly string _path;
    private readonly string _notePath;
    private readonly string _target;
    private readonly VersionItem _item;
    private readonly FileStream _stream;
    private readonly PackageHash _hash;

    private PartFile(string target, VersionItem item, FileStream stream)
    {
        (_target, _item, _stream) = (target, item, stream);
        (_path, _notePath) = Names(target);
        _hash = new PackageHash(item);
    }

    public long Length => _stream.Length;

    /// <summary>What to ask the server with whether the file is still the same; null when it cannot be asked.</summary>
    public string? Validator { get; private set; }

    /// <summary>Opens what an earlier run left, if it belongs to this package, or starts from nothing.</summary>
    public static async Task<PartFile> OpenAsync(string target, VersionItem item, CancellationToken cancellation)
    {
        var (path, notePath) = Names(target);
        FileStream stream;
        try
        {
            stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.Asynchronous,
                BufferSize = 0,
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"cannot write {path}: {error.Message}", error);
        }

        var part = new PartFile(target, item, stream);
        try
        {
            await part.ContinueAsync(ReadNote(notePath), cancellation).ConfigureAwait(false);
            return part;
        }
        catch
        {
            await part.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Forgets the bytes so far; from here on the server's file is called <paramref name="validator"/>.</summary>
    public async Task RestartAsync(string? validator, CancellationToken cancellation)
    {
        if (_stream.Length > 0)
        {
            _stream.SetLength(0);
        }

        _stream.Position = 0;
        _ = _hash.Difference();
        Validator = validator;
        var note = new JsonObject { ["sha256"] = _item.Sha256, ["validator"] = validator };
        await AtomicFile.WriteAsync(_notePath, JsonSerializer.SerializeToUtf8Bytes(note), cancellation: cancellation).ConfigureAwait(false);
    }

    public async Task AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        // Never cut short by a cancellation: file and hash must not part ways.
        var hashed = Task.Run(() => _hash.AppendAsync(bytes));
        try
        {
            await _stream.WriteAsync(bytes, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw new StorageException($"cannot write {_path}: {error.Message}", error);
        }
        finally
        {
            await hashed.ConfigureAwait(false);
        }
    }

    /// <summary>Puts the package in its place if it is right. Otherwise says what is wrong, and only <see cref="RestartAsync"/> helps.</summary>
    public string? TryComplete()
    {
        if (_item.Length > 0 && Length != _item.Length)
        {
            return $"it has {Length} bytes and should have {_item.Length}";
        }

        if (_hash.Difference() is { } difference)
        {
            return difference;
        }

        try
        {
            File.Move(_path, _target, overwrite: true);
            File.Delete(_notePath);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"cannot put the complete {_path} in the place of {_target}: {error.Message}", error);
        }
    }

    public void Discard()
    {
        File.Delete(_path);
        File.Delete(_notePath);
    }

    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        var isEmpty = _stream.Length == 0;
        await _stream.DisposeAsync().ConfigureAwait(false);
        if (isEmpty)
        {
            Discard();
        }
    }

    private async Task ContinueAsync((string Sha256, string? Validator)? note, CancellationToken cancellation)
    {
        var complete = _item.Length > 0 && Length == _item.Length;
        var usable = note?.Sha256 == _item.Sha256 && (complete || note?.Validator is not null) && (_item.Length == 0 || Length <= _item.Length);
        if (!usable)
        {
            await RestartAsync(null, cancellation).ConfigureAwait(false);
            return;
        }

        Validator = note!.Value.Validator;
        await _hash.AppendAsync(_stream, cancellation).ConfigureAwait(false);
    }

    private static (string Sha256, string? Validator)? ReadNote(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path)) is JsonObject note ? ((string?)note["sha256"] ?? "", (string?)note["validator"]) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Bytes that an earlier run has left for a package, whether they can be used or not.</summary>
    public static long LengthBeside(string target) => new FileInfo(Names(target).Part) is { Exists: true, Length: var length } ? length : 0;

    private static (string Part, string Note) Names(string target) => (target + ".part", target + ".part.json");
}
