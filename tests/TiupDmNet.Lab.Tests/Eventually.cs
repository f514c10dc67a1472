namespace TiupDmNet.Lab.Tests;

/// <summary>Waiting for the world to get where a test needs it.</summary>
internal static class Eventually
{
    /// <summary>Generous: other test assemblies may have the processors meanwhile.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>Asks until the answer is not null.</summary>
    /// <exception cref="TimeoutException">It stayed null; the message says what was waited for.</exception>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> ask, CancellationToken cancellationToken)
        where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            while (true)
            {
                if (await ask() is { } answer)
                {
                    return answer;
                }

                await ticks.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"not within {Limit.TotalSeconds} s: {what}");
        }
    }

    /// <summary>Asks until the answer is yes.</summary>
    public static Task IsTrueAsync(string what, Func<Task<bool>> ask, CancellationToken cancellationToken) =>
        GetAsync(what, async () => await ask() ? "yes" : null, cancellationToken);
}
