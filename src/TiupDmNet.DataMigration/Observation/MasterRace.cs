namespace TiupDmNet.DataMigration.Observation;

/// <summary>Asks all masters at once and takes the first whole answer.</summary>
internal sealed class MasterRace(IReadOnlyList<MasterEndpoint> masters, TimeSpan grace, TimeProvider time)
{
    /// <summary>
    /// The first answer without problems; the other requests are cancelled. When an answer has problems, the others get a short grace
    /// to do better, then the one with the fewest problems is taken.
    /// </summary>
    /// <exception cref="DmException">Every master failed; the message says what each said, in their order.</exception>
    public async Task<T> RunAsync<T>(Func<MasterEndpoint, CancellationToken, Task<T>> ask, Func<T, int> problems, CancellationToken cancellation)
        where T : class
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var all = masters.Select(master => ask(master, stop.Token)).ToList();
        try
        {
            return await FirstAsync([.. all], problems, stop.Token).ConfigureAwait(false)
                ?? throw Failure([.. all.Select(asked => asked.Exception?.InnerException).OfType<DmException>()]);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(all)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<T?> FirstAsync<T>(List<Task<T>> running, Func<T, int> problems, CancellationToken cancellation)
        where T : class
    {
        T? best = null;
        Task? patience = null;
        while (running.Count > 0)
        {
            var first = await Task.WhenAny(patience is null ? running : [.. running, patience]).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (first is not Task<T> asked)
            {
                break;
            }

            running.Remove(asked);
            if (await AnswerAsync(asked).ConfigureAwait(false) is not { } answer)
            {
                continue;
            }

            if (best is null || problems(answer) < problems(best))
            {
                best = answer;
            }

            if (problems(best) == 0)
            {
                break;
            }

            patience ??= Task.Delay(grace, time, cancellation);
        }

        return best;
    }

    private static async Task<T?> AnswerAsync<T>(Task<T> asked)
        where T : class
    {
        try
        {
            return await asked.ConfigureAwait(false);
        }
        catch (DmException)
        {
            return null;
        }
    }

    private static DmException Failure(List<DmException> said)
    {
        if (said.Count == 0)
        {
            return new DmException(DmFailure.Unreachable, "the cluster has no dm-master to ask");
        }

        // What may pass by itself comes first: one master that is between two leaders makes asking again worth while.
        var kind = new[] { DmFailure.NoLeader, DmFailure.Refused, DmFailure.Unreachable }.First(kind => said.Any(one => one.Failure == kind));
        var first = said.First(one => one.Failure == kind);

        // What is wrong with our own files is the same for all of them.
        var messages = said.Select(one => one.Message).Distinct().ToList();
        return new DmException(
            kind,
            messages.Count == 1 ? messages[0] : $"no dm-master gave a usable answer: {string.Join("; ", messages)}",
            first)
        {
            TlsFailed = said.All(one => one.TlsFailed),
            Code = first.Code,
        };
    }
}
