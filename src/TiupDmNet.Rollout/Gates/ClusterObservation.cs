using TiupDmNet.DataMigration;

namespace TiupDmNet.Rollout.Gates;

/// <summary>What one master said when it was asked itself.</summary>
/// <param name="Endpoint">Which.</param>
/// <param name="Status">Its version and health, null when it did not answer.</param>
/// <param name="Members">The members as it sees them, null when it did not say.</param>
/// <param name="Problem">Why something is missing, "" when nothing is.</param>
internal sealed record MasterView(MasterEndpoint Endpoint, ProcessStatus? Status, DmSnapshot? Members, string Problem);

/// <summary>The cluster as every master sees it, and its sources and tasks as one of them does.</summary>
/// <param name="Masters">In topology order.</param>
/// <param name="Whole">Null when no master could give it.</param>
/// <param name="Problem">Why there is no whole picture.</param>
internal sealed record ClusterObservation(IReadOnlyList<MasterView> Masters, DmSnapshot? Whole, string Problem)
{
    public static async Task<ClusterObservation> TakeAsync(DmCluster cluster, IReadOnlyList<MasterEndpoint> masters, CancellationToken cancellation)
    {
        var views = Task.WhenAll(masters.Select(master => ViewAsync(cluster, master, cancellation)));
        try
        {
            var whole = await cluster.ObserveAsync(cancellation).ConfigureAwait(false);
            return new ClusterObservation(await views.ConfigureAwait(false), whole, "");
        }
        catch (DmException e)
        {
            return new ClusterObservation(await views.ConfigureAwait(false), null, e.Message);
        }
    }

    private static async Task<MasterView> ViewAsync(DmCluster cluster, MasterEndpoint master, CancellationToken cancellation)
    {
        ProcessStatus? status = null;
        try
        {
            status = await cluster.ProbeMasterAsync(master, cancellation).ConfigureAwait(false);
            return new MasterView(master, status, await cluster.ObserveMembersThroughAsync(master, cancellation).ConfigureAwait(false), "");
        }
        catch (DmException e)
        {
            return new MasterView(master, status, null, e.Message);
        }
    }
}
