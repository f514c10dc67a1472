using TiupDmNet.Storage;

namespace TiupDmNet.Rollout.Events;

/// <summary>
/// Stamps events with the time and hands them to every listener, one event at a time. A listener that cannot write must not
/// leave a node half done: the failure is kept, and the run ends where it can.
/// </summary>
internal sealed class EventStream(TimeProvider time, params IReadOnlyList<IRolloutListener> listeners) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Why a listener could not keep up, null while all do.</summary>
    public StorageException? Failure { get; private set; }

    /// <param name="happened">The event.</param>
    /// <param name="node">Id of the node it is about, "" for none.</param>
    public async Task PublishAsync(RolloutEvent happened, string node = "")
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            var stamped = happened with { At = time.GetUtcNow(), NodeId = node };
            foreach (var listener in listeners)
            {
                try
                {
                    await listener.OnEventAsync(stamped).ConfigureAwait(false);
                }
                catch (StorageException e)
                {
                    Failure ??= e;
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
