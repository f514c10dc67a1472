using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;

namespace TiupDmNet.Storage;

/// <summary>Who holds a lock, since when, and for what. Written into the lock file as one JSON line.</summary>
public sealed record LockOwner(string User, string Host, int ProcessId, DateTimeOffset Since, string Purpose);

/// <summary>
/// A lock between processes on one machine (flock(2) on a file). The kernel lets go of it when its owner dies,
/// so a lock is never stale; what a dead owner left written in the file is reported as <see cref="TakenOverFrom"/>.
/// </summary>
/// <remarks>The file itself stays: removing it would let two owners hold two files of the same name.</remarks>
public sealed class AdvisoryLock : IDisposable
{
    private const int LongestOwner = 64 * 1024;

    private readonly SafeFileHandle _file;

    private AdvisoryLock(SafeFileHandle file, LockOwner? takenOverFrom)
    {
        _file = file;
        TakenOverFrom = takenOverFrom;
    }

    /// <summary>The owner that died without letting go, if there was one.</summary>
    public LockOwner? TakenOverFrom { get; }

    /// <summary>Takes the lock, or returns false and says who holds it.</summary>
    /// <param name="path">The lock file; created if missing, in a directory that must exist.</param>
    /// <param name="owner">Written into the file, for others to read.</param>
    /// <param name="taken">The lock, held until it is disposed of.</param>
    /// <param name="heldBy">Null where the holder has not said who it is: another program, or one that took the lock this instant.</param>
    /// <exception cref="StorageException">The file cannot be opened, written or locked.</exception>
    public static bool TryAcquire(string path, LockOwner owner, out AdvisoryLock? taken, out LockOwner? heldBy)
    {
        SafeFileHandle? file = null;
        try
        {
            file = Posix.Open(path, append: false, AtomicFile.Readable, out _);
            var written = ReadOwner(file);
            if (!Posix.TryLock(file))
            {
                file.Dispose();
                taken = null;
                heldBy = written;
                return false;
            }

            // Once more: the owner that was there a moment ago may have let go.
            written = ReadOwner(file);
            WriteOwner(file, owner);
            taken = new AdvisoryLock(file, written);
            heldBy = null;
            return true;
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            file?.Dispose();
            throw StorageFailure.Of($"lock {path}", failure);
        }
    }

    /// <summary>Lets go, and leaves an empty file behind.</summary>
    public void Dispose()
    {
        if (_file.IsClosed)
        {
            return;
        }

        try
        {
            RandomAccess.SetLength(_file, 0);
        }
        catch (Exception failure) when (StorageFailure.IsFromSystem(failure))
        {
            // The next owner is told of a dead one at worst.
        }

        Posix.Unlock(_file);
        _file.Dispose();
    }

    private static LockOwner? ReadOwner(SafeFileHandle file)
    {
        var length = (int)Math.Min(RandomAccess.GetLength(file), LongestOwner);
        var buffer = new byte[length];
        var read = RandomAccess.Read(file, buffer, 0);
        try
        {
            return read == 0 ? null : JsonSerializer.Deserialize(buffer.AsSpan(0, read), LockOwnerJson.Default.LockOwner);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void WriteOwner(SafeFileHandle file, LockOwner owner)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(owner, LockOwnerJson.Default.LockOwner);
        RandomAccess.SetLength(file, 0);
        RandomAccess.Write(file, [.. line, (byte)'\n'], 0);
        RandomAccess.FlushToDisk(file);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LockOwner))]
internal sealed partial class LockOwnerJson : JsonSerializerContext;
