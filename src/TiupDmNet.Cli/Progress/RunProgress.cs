using TiupDmNet.Cli.Arguments;
using TiupDmNet.Rollout;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Progress;

/// <summary>How the operator follows a run: JSON lines, something that moves on a terminal, or lines with the time.</summary>
internal abstract class RunProgress : IRolloutListener, IAsyncDisposable
{
    private volatile string _inHand = "";

    public static RunProgress Begin(App app, Globals globals) => (globals.Json, app.Terminal.IsLive) switch
    {
        (true, _) => new JsonProgress(app.Terminal, app.Time),
        (_, true) => new LiveProgress(app.Terminal, app.Time),
        _ => new TextProgress(app.Terminal, app.Time),
    };

    public ValueTask OnEventAsync(RolloutEvent happened)
    {
        _inHand = happened switch
        {
            NodeBegun => happened.NodeId,
            NodePatched or NodeRestored or NodeBroken => "",
            _ => _inHand,
        };
        Show(happened);
        return ValueTask.CompletedTask;
    }

    /// <summary>Ctrl-C, for the first time, the second, and so on.</summary>
    public void Interrupted(int count) => Talk(count switch
    {
        1 when _inHand.Length > 0 => $"finishing {_inHand}; press Ctrl-C again to stop now",
        1 => "stopping before the next node; press Ctrl-C again to stop now",
        2 => "stopping now; what was taken out of service is put back",
        _ => _inHand.Length > 0 ? $"still putting {_inHand} in order; a kill would leave it half done" : "still putting things in order",
    });

    /// <summary>What is about to be confirmed.</summary>
    public abstract void Planned(PatchPlan plan);

    /// <summary>Confirmed; from now on nothing is asked.</summary>
    public virtual void Starting()
    {
    }

    /// <summary>Reports how it ended.</summary>
    public abstract Task EndAsync(PatchOutcome outcome);

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected abstract void Show(RolloutEvent happened);

    protected abstract void Talk(string line);
}
