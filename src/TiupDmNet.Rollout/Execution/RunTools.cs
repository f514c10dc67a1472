using TiupDmNet.Clusters;
using TiupDmNet.DataMigration;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Gates;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Rollout.Execution;

/// <summary>What every step of a run works with.</summary>
internal sealed record RunTools
{
    public required RolloutContext Context { get; init; }

    public required PatchRequest Request { get; init; }

    public required Cluster Cluster { get; init; }

    public required ComponentPackage Package { get; init; }

    public required ClusterHosts Hosts { get; init; }

    public required ControlPlane ControlPlane { get; init; }

    public required EventStream Events { get; init; }

    public TimeProvider Time => Context.Time;
}

/// <summary>The cluster's API, who its masters are, and the gates before it.</summary>
internal sealed class ControlPlane : IDisposable
{
    public ControlPlane(Cluster cluster, TimeProvider time)
    {
        var nodes = cluster.Topology.Nodes;
        // manage_host is the address that can be reached from here; the service may listen on another one.
        Masters = nodes.Where(node => node.Component == "dm-master").Select(node => new MasterEndpoint(node.Name, node.ManageHost, node.Port)).ToList();
        Workers = nodes.Where(node => node.Component == "dm-worker").Select(node => node.Name).ToList();
        Api = new DmCluster(
            new DmClusterSettings
            {
                Masters = Masters,
                Tls = cluster.Topology.Global.EnableTls ? new TlsFiles(cluster.Paths.TlsCa, cluster.Paths.TlsClientCertificate, cluster.Paths.TlsClientKey) : null,
            },
            time);
        Gates = new GateKeeper(Api, Masters, time);
    }

    public DmCluster Api { get; }

    public GateKeeper Gates { get; }

    public IReadOnlyList<MasterEndpoint> Masters { get; }

    public IReadOnlyList<string> Workers { get; }

    public MasterEndpoint Master(string name) => Masters.First(master => master.Name == name);

    public GateRules Rules(PatchRequest request, bool stopsMaster, IReadOnlySet<string> inHand) => new()
    {
        Masters = Masters.Select(master => master.Name).ToList(),
        Workers = Workers,
        AcceptControlPlaneOutage = request.AcceptControlPlaneOutage,
        StopsMaster = stopsMaster,
        InHand = inHand,
    };

    public void Dispose() => Api.Dispose();
}
