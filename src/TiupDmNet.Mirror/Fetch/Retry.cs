namespace TiupDmNet.Mirror.Fetch;

/// <summary>How long to wait before trying again: doubling, with a random half, and never longer than a minute.</summary>
internal sealed class Retry(MirrorSettings settings, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    public int Attempts => settings.Attempts;

    public Task WaitAsync(int failures, TransientException cause, CancellationToken cancellation)
    {
        var delay = settings.RetryDelay * Math.Pow(2, Math.Min(failures - 1, 10)) * (0.75 + (Random.Shared.NextDouble() / 2));
        if (cause.RetryAfter is { } asked && asked > delay)
        {
            delay = asked;
        }

        return Task.Delay(delay < Longest ? delay : Longest, time, cancellation);
    }

    /// <param name="what">"fetch timestamp.json from …", for the error after the last attempt.</param>
    public async Task<T> RunAsync<T>(string what, Func<Task<T>> attempt, CancellationToken cancellation)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (TransientException error)
            {
                if (failures >= Attempts)
                {
                    throw GiveUp(what, failures, error);
                }

                await WaitAsync(failures, error, cancellation).ConfigureAwait(false);
            }
        }
    }

    public static MirrorException GiveUp(string what, int attempts, TransientException error) =>
        new(MirrorFailure.Unavailable, $"cannot {what}: {error.Message}{(attempts > 1 ? $" ({attempts} attempts)" : "")}", error);
}
