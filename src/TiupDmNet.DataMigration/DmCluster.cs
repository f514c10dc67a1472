namespace TiupDmNet.DataMigration;

/// <summary>A dm-master to ask.</summary>
/// <param name="Name">Member name.</param>
/// <param name="Host">Address its client port is reached at from here.</param>
/// <param name="Port">Client port (8261).</param>
public sealed record MasterEndpoint(string Name, string Host, int Port);

/// <summary>Files of the client side of mutual TLS, PEM.</summary>
public sealed record TlsFiles(string Ca, string ClientCertificate, string ClientKey);

/// <summary>How to talk to the masters of one cluster.</summary>
public sealed record DmClusterSettings
{
    public required IReadOnlyList<MasterEndpoint> Masters { get; init; }

    /// <summary>Null for a cluster without TLS.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>Proxies are ignored unless this names one.</summary>
    public Uri? Proxy { get; init; }
}

/// <summary>
/// The control plane of one DM cluster over HTTP v1alpha1 (pingcap/tiflow dm/proto/dmmaster.proto). Reads ask every master
/// at once and take the first good answer.
/// </summary>
public sealed class DmCluster(DmClusterSettings settings, TimeProvider time) : IDisposable
{
    /// <summary>Members, bindings and tasks from whichever master answers first with a whole picture; else the best there is, with its <see cref="DmSnapshot.Problems"/>.</summary>
    /// <exception cref="DmException">No master gave a usable answer; the message says what each said.</exception>
    public Task<DmSnapshot> ObserveAsync(CancellationToken cancellation) => throw new NotImplementedException(settings + "" + time);

    /// <summary>The same, as this master sees it and no other.</summary>
    public Task<DmSnapshot> ObserveThroughAsync(MasterEndpoint master, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Only leader, masters and workers (sources and subtasks are empty): cheap enough to poll every second.</summary>
    public Task<DmSnapshot> ObserveMembersThroughAsync(MasterEndpoint master, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary><c>GET /status</c> and <c>GET /health</c> of a dm-master.</summary>
    public Task<ProcessStatus> ProbeMasterAsync(MasterEndpoint master, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary><c>GET /status</c> of a dm-worker.</summary>
    public Task<ProcessStatus> ProbeWorkerAsync(string host, int port, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Bars this master from leading, and makes it resign if it leads. The flag lives in its memory until <see cref="CancelEvictAsync"/> or its restart.</summary>
    public Task EvictLeaderAsync(MasterEndpoint master, CancellationToken cancellation) => throw new NotImplementedException();

    public Task CancelEvictAsync(MasterEndpoint master, CancellationToken cancellation) => throw new NotImplementedException();

    public void Dispose()
    {
    }
}
