using TiupDmNet.Rollout;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli;

/// <summary>A prepared patch, as commands see it.</summary>
internal interface IRolloutSession : IAsyncDisposable
{
    PatchPlan Plan { get; }

    Task<PatchOutcome> ExecuteAsync(CancellationToken stop, CancellationToken abort);
}

internal delegate Task<IRolloutSession> PrepareSession(RolloutContext context, PatchRequest request, bool planOnly, IRolloutListener listener, CancellationToken cancellation);

internal sealed class RolloutSession(PatchSession session) : IRolloutSession
{
    public PatchPlan Plan => session.Plan;

    public static async Task<IRolloutSession> PrepareAsync(RolloutContext context, PatchRequest request, bool planOnly, IRolloutListener listener, CancellationToken cancellation) =>
        new RolloutSession(await PatchSession.PrepareAsync(context, request, planOnly, listener, cancellation));

    public Task<PatchOutcome> ExecuteAsync(CancellationToken stop, CancellationToken abort) => session.ExecuteAsync(stop, abort);

    public ValueTask DisposeAsync() => session.DisposeAsync();
}
