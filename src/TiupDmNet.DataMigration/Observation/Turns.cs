namespace TiupDmNet.DataMigration.Observation;

/// <summary>
/// Lets those who ask the same go one after the other, but nobody waits longer than the patience. Whichever master is asked for
/// sources or tasks, the leader then asks every worker, at a rate that it shares with the user's dmctl: once is enough.
/// </summary>
internal sealed class Turns(TimeSpan patience, TimeProvider time)
{
    private readonly Lock _guard = new();
    private Task _last = Task.CompletedTask;

    /// <summary>Reads when it is this one's turn. A satisfying answer does not pass the turn on: nobody needs another one.</summary>
    public async Task<T> TakeAsync<T>(Func<Task<T>> read, Func<T, bool> satisfies, CancellationToken cancellation)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_guard)
        {
            before = _last;
            _last = mine.Task;
        }

        var satisfied = false;
        try
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(before, Task.Delay(patience, time, enough.Token)).ConfigureAwait(false);
            await enough.CancelAsync().ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            var answer = await read().ConfigureAwait(false);
            satisfied = satisfies(answer);
            return answer;
        }
        finally
        {
            if (!satisfied)
            {
                mine.SetResult();
            }
        }
    }
}
