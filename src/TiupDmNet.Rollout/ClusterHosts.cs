using TiupDmNet.Clusters;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.Hosts;

namespace TiupDmNet.Rollout;

/// <summary>The hosts of one cluster, reached as its meta.yaml and the operator say.</summary>
internal sealed class ClusterHosts : IAsyncDisposable
{
    private readonly Cluster _cluster;
    private readonly HostPool _pool;

    public ClusterHosts(Cluster cluster, RolloutContext context)
    {
        _cluster = cluster;
        _pool = new HostPool(Settings(cluster, context), context.Time);
    }

    public SystemdScope Scope => _cluster.Topology.Global.SystemdMode == SystemdMode.User ? SystemdScope.User : SystemdScope.System;

    public HostAddress AddressOf(Node node) => new(node.ManageHost, node.SshPort, _cluster.Topology.User);

    public Task<IHost> ConnectAsync(HostAddress address, CancellationToken cancellation) => _pool.ConnectAsync(address, cancellation);

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private static HostSettings Settings(Cluster cluster, RolloutContext context) => new()
    {
        Engine = EngineOf(context.Connection.Engine, cluster.Topology.Global.SshType),
        PrivateKey = cluster.Paths.PrivateKey,
        KnownHosts = cluster.Paths.KnownHosts,
        ConnectTimeout = context.Connection.ConnectTimeout,
        SshProgram = context.Connection.SshProgram,
        SocketParent = context.Connection.SocketParent,
    };

    // TiUP writes ssh_type: builtin into every meta.yaml, asked or not: there it means "the default engine", which here is OpenSSH.
    private static SshEngine EngineOf(string? asked, string written) => (asked ?? written) switch
    {
        "none" => SshEngine.None,
        "builtin" when asked is not null =>
            throw new RolloutException("--ssh builtin: this build has no built-in SSH engine; use --ssh system, which runs the OpenSSH client"),
        "system" or "builtin" or "" => SshEngine.OpenSsh,
        var other => throw new RolloutException($"unknown ssh type '{other}'; valid are system, builtin and none"),
    };
}
