using TiupDmNet.Rollout.Events;

namespace TiupDmNet.Cli.Progress;

/// <summary>Hands every event to each in turn.</summary>
internal sealed class Listeners(params IReadOnlyList<IRolloutListener> listeners) : IRolloutListener
{
    public async ValueTask OnEventAsync(RolloutEvent happened)
    {
        foreach (var listener in listeners)
        {
            await listener.OnEventAsync(happened);
        }
    }
}
