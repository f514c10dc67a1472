using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Rollout;

/// <summary>One patch from request to outcome: prepare (look at everything, change nothing), confirm, execute.</summary>
public sealed class PatchSession : IAsyncDisposable
{
    private PatchSession()
    {
    }

    /// <summary>What <see cref="ExecuteAsync"/> will do.</summary>
    public PatchPlan Plan => throw new NotImplementedException();

    /// <summary>Checks the package, the hosts and the cluster, and plans. Changes nothing.</summary>
    /// <param name="context">Where and for whom.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="planOnly">True for <c>plan</c>: takes no lock.</param>
    /// <param name="listener">Hears what happens, from now on.</param>
    /// <param name="cancellation">Stops at once; there is nothing to undo.</param>
    /// <exception cref="RolloutException">Refused: the message lists everything that stands against it.</exception>
    /// <remarks>Exceptions of the rooms (ClusterException, PackageException, HostException, DmException) pass through; nothing has been changed then.</remarks>
    public static Task<PatchSession> PrepareAsync(RolloutContext context, PatchRequest request, bool planOnly, IRolloutListener listener, CancellationToken cancellation) =>
        throw new NotImplementedException();

    /// <summary>Does what the plan says. An expected failure is an outcome, not an exception.</summary>
    /// <param name="stop">First Ctrl-C: finish the node in hand, then stop.</param>
    /// <param name="abort">Second Ctrl-C: stop now; drains are still undone.</param>
    public Task<PatchOutcome> ExecuteAsync(CancellationToken stop, CancellationToken abort) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
