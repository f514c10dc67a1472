namespace TiupDmNet.Storage;

/// <summary>Who holds a lock, since when, and for what. Written into the lock file as one JSON line.</summary>
public sealed record LockOwner(string User, string Host, int ProcessId, DateTimeOffset Since, string Purpose);

/// <summary>
/// A lock between processes on one machine (flock(2) on a file). The kernel lets go of it when its owner dies,
/// so a lock is never stale; what a dead owner left written in the file is reported as <see cref="TakenOverFrom"/>.
/// </summary>
public sealed class AdvisoryLock : IDisposable
{
    /// <summary>The owner that died without letting go, if there was one.</summary>
    public LockOwner? TakenOverFrom { get; }

    /// <summary>Takes the lock, or returns false and says who holds it.</summary>
    public static bool TryAcquire(string path, LockOwner owner, out AdvisoryLock? taken, out LockOwner? heldBy) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
