namespace TiupDmNet.DataMigration;

/// <summary>A dm-master to ask.</summary>
/// <param name="Name">Member name.</param>
/// <param name="Host">Address its client port is reached at from here.</param>
/// <param name="Port">Client port (8261).</param>
public sealed record MasterEndpoint(string Name, string Host, int Port)
{
    /// <summary>host:port, an IPv6 host in brackets.</summary>
    public string Address => Http.Peer.AddressOf(Host, Port);
}

/// <summary>Files of the client side of mutual TLS, PEM. The key may be PKCS#1, SEC1 or PKCS#8, not encrypted.</summary>
public sealed record TlsFiles(string Ca, string ClientCertificate, string ClientKey);

/// <summary>How long to wait for what. The defaults leave DM the time that it may need when it is well.</summary>
public sealed record DmLimits
{
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary><c>/status</c> and <c>/health</c>; the latter takes up to 7 s when etcd has no quorum.</summary>
    public TimeSpan Status { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Member lists and leader operations. A dead dm-master costs the asked one a second.</summary>
    public TimeSpan Members { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The status of all tasks: DM asks its workers at 10 a second once 40 of them were asked.</summary>
    public TimeSpan Tasks { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The list of sources: DM waits 10 s (30 s in v2.0) for a worker that does not report its source.</summary>
    public TimeSpan Sources { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How long other masters may still give a whole picture when one gave a partial one.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one master may take over sources and tasks before a second one is asked for them too.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>How to talk to the masters of one cluster.</summary>
public sealed record DmClusterSettings
{
    public required IReadOnlyList<MasterEndpoint> Masters { get; init; }

    /// <summary>Null for a cluster without TLS.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>Proxies are ignored unless this names one.</summary>
    public Uri? Proxy { get; init; }

    public DmLimits Limits { get; init; } = new();
}
