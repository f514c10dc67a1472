using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Trust;

/// <summary>Waits for locks that other processes of this tool hold.</summary>
internal static class ProfileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <param name="patience">How long to wait; null for as long as it takes.</param>
    /// <exception cref="MirrorException">Somebody else still holds it.</exception>
    public static async Task<AdvisoryLock> AcquireAsync(string path, string purpose, TimeSpan? patience, TimeProvider time, CancellationToken cancellation)
    {
        var since = time.GetTimestamp();
        var owner = new LockOwner(Environment.UserName, Environment.MachineName, Environment.ProcessId, time.GetUtcNow(), purpose);
        while (true)
        {
            if (AdvisoryLock.TryAcquire(path, owner, out var taken, out var holder))
            {
                return taken!;
            }

            if (time.GetElapsedTime(since) > patience)
            {
                var who = holder is null ? "another process" : FormattableString.Invariant($"{holder.User} on {holder.Host} (process {holder.ProcessId}, {holder.Purpose})");
                throw new MirrorException(MirrorFailure.Unavailable, $"cannot {purpose}: {who} has held {path} for more than {patience?.TotalSeconds} s");
            }

            await Task.Delay(Pause, time, cancellation).ConfigureAwait(false);
        }
    }
}
