namespace TiupDmNet.Rollout.Events;

/// <summary>Hears every event of a run, in order, one at a time.</summary>
public interface IRolloutListener
{
    ValueTask OnEventAsync(RolloutEvent happened);
}
