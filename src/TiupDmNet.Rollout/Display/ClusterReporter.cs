using System.Globalization;
using TiupDmNet.Clusters;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.DataMigration;
using TiupDmNet.Rollout.Execution;

namespace TiupDmNet.Rollout.Display;

/// <summary>Looks at a cluster for <c>display</c>: masters, monitors and hosts are asked at the same time, and none is waited for longer than the limit.</summary>
public sealed class ClusterReporter(RolloutContext context)
{
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Nodes and hosts that are down are part of the report, never an exception.</summary>
    /// <exception cref="ClusterException">There is no such cluster, node or role.</exception>
    public async Task<ClusterReport> ReportAsync(ReportRequest request, CancellationToken cancellation)
    {
        var cluster = context.Clusters.Open(request.Cluster);
        var nodes = NodeSelector.Select(cluster.Topology, request.Nodes, request.Roles);
        var limit = request.StatusTimeout < TimeSpan.FromSeconds(1) ? LeastTimeout : request.StatusTimeout;

        var members = MemberStatusAsync(cluster, nodes, limit, cancellation);
        var monitors = MonitorStatusAsync(nodes, limit, cancellation);
        var looks = LookAsync(cluster, nodes, request, limit, cancellation);
        await Task.WhenAll(members, monitors, looks).ConfigureAwait(false);

        var statuses = ByNode((await members.ConfigureAwait(false)).Concat(await monitors.ConfigureAwait(false)));
        var (seen, remarks) = await looks.ConfigureAwait(false);
        return Describe(cluster) with
        {
            Nodes =
            [
                .. nodes
                    .Select(node => Describe(node, statuses[node], seen.GetValueOrDefault(node)))
                    .OrderBy(node => node.Role, StringComparer.Ordinal)
                    .ThenBy(node => node.Node.Host, StringComparer.Ordinal)
                    .ThenBy(node => node.Ports, StringComparer.Ordinal),
            ],
            Remarks = remarks,
        };
    }

    private static ClusterReport Describe(Cluster cluster)
    {
        var topology = cluster.Topology;
        return new ClusterReport
        {
            Name = cluster.Name,
            Version = topology.Version,
            DeployUser = topology.Global.User,
            SshType = topology.Global.SshType,
            Tls = topology.Global.EnableTls ? new ReportedTls(cluster.Paths.TlsCa, cluster.Paths.TlsClientKey, cluster.Paths.TlsClientCertificate) : null,
            GrafanaUrls = [.. topology.Nodes.Where(node => node.Component == "grafana").Select(node => $"http://{node.Id}")],
            Nodes = [],
            Remarks = [],
        };
    }

    private static NodeReport Describe(Node node, NodeStatus status, HostSight? seen) => new()
    {
        Node = node,
        Role = node.Patched ? $"{node.Component} (patched)" : node.Component,
        Ports = string.Join('/', node.Ports.Select(port => port.ToString(CultureInfo.InvariantCulture))),
        Status = status.Text,
        Detail = status.Detail,
        Uptime = seen?.Uptime,
        Build = seen?.Build,
    };

    // Not by id: a topology in which two nodes claim one port is wrong, but worth to be shown.
    private static Dictionary<Node, T> ByNode<T>(IEnumerable<(Node Node, T Value)> pairs) =>
        pairs.ToDictionary<(Node Node, T Value), Node, T>(pair => pair.Node, pair => pair.Value, ReferenceEqualityComparer.Instance);

    private async Task<IEnumerable<(Node, NodeStatus)>> MemberStatusAsync(Cluster cluster, IReadOnlyList<Node> nodes, TimeSpan limit, CancellationToken cancellation)
    {
        var members = nodes.Where(node => node.Component is "dm-master" or "dm-worker").ToList();
        if (members.Count == 0)
        {
            return [];
        }

        using var controlPlane = new ControlPlane(cluster, context.Time);
        var status = await controlPlane.Api.GetDisplayStatusAsync(limit, cancellation).ConfigureAwait(false);
        return members.Select(node => (node, node.Component == "dm-master" ? status.Master(node.Name) : status.Worker(node.Name)));
    }

    private async Task<IEnumerable<(Node, NodeStatus)>> MonitorStatusAsync(IReadOnlyList<Node> nodes, TimeSpan limit, CancellationToken cancellation)
    {
        var monitors = nodes.Where(node => MonitorProbe.Knows(node.Component)).ToList();
        if (monitors.Count == 0)
        {
            return [];
        }

        using var probe = new MonitorProbe(limit, context.Time);
        var statuses = await Task.WhenAll(monitors.Select(node => probe.AskAsync(node, cancellation))).ConfigureAwait(false);
        return monitors.Zip(statuses);
    }

    private async Task<(IReadOnlyDictionary<Node, HostSight> Seen, IReadOnlyList<string> Remarks)> LookAsync(
        Cluster cluster, IReadOnlyList<Node> nodes, ReportRequest request, TimeSpan limit, CancellationToken cancellation)
    {
        if (!request.Builds && !request.Uptime)
        {
            return (ByNode<HostSight>([]), []);
        }

        var hosts = new ClusterHosts(cluster, context);
        await using (hosts.ConfigureAwait(false))
        {
            var look = new HostLook(hosts, request.Builds, limit, context.Time);
            using var width = new SemaphoreSlim(Math.Max(1, context.Concurrency));
            var answers = await Task.WhenAll(nodes.GroupBy(hosts.AddressOf).Select(async group =>
            {
                await width.WaitAsync(cancellation).ConfigureAwait(false);
                try
                {
                    return await look.AskAsync(group.Key, [.. group], cancellation).ConfigureAwait(false);
                }
                finally
                {
                    width.Release();
                }
            })).ConfigureAwait(false);
            return (
                ByNode(answers.SelectMany(answer => answer.Seen)),
                [.. answers.Select(answer => answer.Remark).Where(remark => remark.Length > 0)]);
        }
    }
}
