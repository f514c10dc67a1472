namespace TiupDmNet.DataMigration.Observation;

/// <summary>
/// Lets those who ask the same go one after the other, but nobody waits longer than the patience. Whichever master is asked for
/// sources or tasks, the leader then asks every worker, at a rate that it shares with the user's dmctl: once is enough.
/// </summary>
internal sealed class Turns(TimeSpan patience, TimeProvider time)
{
    private readonly Lock _guard = new();
    private Task _last = Task.CompletedTask;

    public async Task<T> TakeAsync<T>(Func<Task<T>> read, CancellationToken cancellation)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_guard)
        {
            before = _last;
            _last = mine.Task;
        }

        try
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(before, Task.Delay(patience, time, enough.Token)).ConfigureAwait(false);
            await enough.CancelAsync().ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            return await read().ConfigureAwait(false);
        }
        finally
        {
            mine.SetResult();
        }
    }
}
