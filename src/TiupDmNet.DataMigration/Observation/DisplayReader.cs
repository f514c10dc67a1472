using TiupDmNet.DataMigration.Protocol;

namespace TiupDmNet.DataMigration.Observation;

/// <summary>
/// TiUP's mapping of member lists to status words (pingcap/tiup components/dm/spec/topology_dm.go:154-176), with all questions asked at
/// the same time and the reasons kept.
/// </summary>
internal sealed class DisplayReader(DmCalls calls, IReadOnlyList<MasterEndpoint> masters, MasterRace race, TimeSpan limit)
{
    public async Task<DisplayStatus> ReadAsync(CancellationToken cancellation)
    {
        var asked = Task.WhenAll(masters.Select(master => MasterAsync(master, cancellation)));
        var workers = WorkersAsync(cancellation);
        var statuses = masters.Zip(await asked.ConfigureAwait(false)).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        var (list, failure) = await workers.ConfigureAwait(false);
        return new DisplayStatus(statuses, (list?.Workers ?? []).DistinctBy(worker => worker.Name).ToDictionary(worker => worker.Name, Status), Others(statuses.Values, list, failure));
    }

    private async Task<NodeStatus> MasterAsync(MasterEndpoint master, CancellationToken cancellation)
    {
        MemberList list;
        try
        {
            list = await calls.MembersAsync(master, MemberParts.Leader | MemberParts.Masters, master.Name, limit, cancellation).ConfigureAwait(false);
        }
        catch (DmException e)
        {
            return new NodeStatus(NodeStatus.Down, e.Message);
        }

        var remark = string.Join("; ", list.Problems);
        return list.Masters.FirstOrDefault(member => member.Name == master.Name) switch
        {
            null => new NodeStatus(NodeStatus.NotAvailable, remark.Length > 0 ? remark : "it is no member of the cluster"),
            { Alive: false } => new NodeStatus(NodeStatus.Unhealthy, "its client port does not answer the other masters"),
            _ => new NodeStatus(list.Leader == master.Name ? NodeStatus.Leads : NodeStatus.Healthy, remark),
        };
    }

    private async Task<(MemberList? List, DmException? Failure)> WorkersAsync(CancellationToken cancellation)
    {
        try
        {
            var list = await race.RunAsync(
                (master, stop) => calls.MembersAsync(master, MemberParts.Workers, null, limit, stop),
                list => list.Problems.Count,
                cancellation).ConfigureAwait(false);
            return (list, null);
        }
        catch (DmException e)
        {
            return (null, e);
        }
    }

    private static NodeStatus Status(WorkerMember worker) =>
        new(worker.WrittenStage.Length > 0 ? char.ToUpperInvariant(worker.WrittenStage[0]) + worker.WrittenStage[1..] : NodeStatus.NotAvailable, "")
        {
            Source = worker.Source,
        };

    private static NodeStatus Others(IEnumerable<NodeStatus> masters, MemberList? list, DmException? failure)
    {
        if (list is not null)
        {
            return new NodeStatus(NodeStatus.NotAvailable, list.Problems.Count > 0 ? string.Join("; ", list.Problems) : "it is not registered");
        }

        var active = masters.Any(status => status.Text is NodeStatus.Healthy or NodeStatus.Leads);
        return new NodeStatus(active ? NodeStatus.Down : NodeStatus.NotAvailable, failure?.Message ?? "");
    }
}
