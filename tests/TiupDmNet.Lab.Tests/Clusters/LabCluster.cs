using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using DmDouble;
using TiupDmNet.Lab.Tests.Hosts;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Lab.Tests.Clusters;

/// <summary>A running DM cluster on hosts of its own, as <c>tiup dm deploy</c> and <c>start</c> leave it, with the TIUP_HOME that goes with it.</summary>
public sealed class LabCluster : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ClusterOptions _options;
    private readonly HostGroup _group;
    private readonly ClusterCertificates? _certificates;
    private readonly HttpClient _http;
    private DateTimeOffset _wholeSince;

    private LabCluster(ClusterOptions options, HostGroup group)
    {
        _options = options;
        _group = group;
        _certificates = options.Tls ? new ClusterCertificates(options.Name) : null;
        _http = CreateClient(_certificates);
        Masters = [.. Enumerable.Range(0, options.Masters).Select(n => CreateNode(LabNode.Master, 8261, n, n))];
        Workers = [.. Enumerable.Range(0, options.Workers).Select(n => CreateNode(LabNode.Worker, 8262, n, options.Masters + n))];
        Builds = new StandIns(Directory.CreateDirectory(_directory["builds"]).FullName);
        Profile = new TiupProfile(_directory["tiup"], options.Name);
        Product = new Product(Profile.Home, _directory["home"]);
    }

    /// <summary>In the order of the topology.</summary>
    public IReadOnlyList<LabNode> Masters { get; private set; }

    /// <summary>In the order of the topology.</summary>
    public IReadOnlyList<LabNode> Workers { get; }

    public IReadOnlyList<LabNode> Nodes => [.. Masters, .. Workers];

    public IReadOnlyList<LabHost> Hosts => _group.Hosts;

    /// <summary>Makes builds of DM for this cluster.</summary>
    public StandIns Builds { get; }

    public TiupProfile Profile { get; }

    public Product Product { get; }

    /// <summary>Boots hosts, deploys, starts, seeds sources and tasks; returns when all of it runs.</summary>
    public static async Task<LabCluster> StartAsync(HostLab lab, ClusterOptions options, CancellationToken cancellationToken)
    {
        var cluster = new LabCluster(options, await lab.BootAsync(options.Hosts, cancellationToken));
        try
        {
            await cluster.DeployAsync(lab.PrivateKey, cancellationToken);
            return cluster;
        }
        catch (Exception exception) when (exception is LabException or TimeoutException)
        {
            var logs = await cluster.ReadLogsAsync();
            await cluster.DisposeAsync();
            throw new LabException($"the cluster did not start: {exception.Message}\n{logs}");
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until DM is whole: one leader, all nodes there, every source bound, every task running.</summary>
    public Task<DmView> WaitHealthyAsync(CancellationToken cancellationToken) =>
        Eventually.GetAsync("the cluster is whole", () => AskWholeAsync(cancellationToken), cancellationToken);

    /// <summary>What DM says now, through the first master that answers; null when none does.</summary>
    public async Task<DmView?> AskAsync(CancellationToken cancellationToken)
    {
        foreach (var master in Masters)
        {
            if (await DmView.AskAsync(_http, new Uri($"{(_options.Tls ? "https" : "http")}://{master.Id}"), cancellationToken) is { } view)
            {
                return view;
            }
        }

        return null;
    }

    /// <summary>What replication and the control plane felt since the cluster was whole.</summary>
    public async Task<GapReport> ReadGapsAsync(CancellationToken cancellationToken)
    {
        var to = DateTimeOffset.UtcNow;
        var traces = await Task.WhenAll(Nodes.Select(node => node.Host.ExecAsync($"cat {node.DeployDirectory}/trace.jsonl", cancellationToken)));
        return GapReport.FromTraces(traces, _wholeSince, to);
    }

    /// <summary>The ends of the logs of all nodes, for the message of a failed test.</summary>
    public async Task<string> ReadLogsAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var logs = await Task.WhenAll(Nodes.Select(async node =>
            $"--- {node}\n{(await node.Host.TryAsync($"tail -n 8 {node.DeployDirectory}/log/*; journalctl -q --no-pager -n 3 -u {node.Unit}", limit.Token)).Output}"));
        return string.Join('\n', logs);
    }

    public async ValueTask DisposeAsync()
    {
        await _group.DisposeAsync();
        _http.Dispose();
        _certificates?.Dispose();
        _directory.Dispose();
    }

    private async Task DeployAsync(string privateKey, CancellationToken cancellationToken)
    {
        var binaries = LabNode.Components.ToDictionary(component => component, component => File.ReadAllBytes(Builds.Installed(component).Path));
        var deployment = new ClusterDeployment(_options, Nodes, _certificates);
        await deployment.RunAsync(node => new HostFile(node.Binary, binaries[node.Component], HostFile.Executable), cancellationToken);

        await Eventually.IsTrueAsync("a leader", () => SeedAsync(cancellationToken), cancellationToken);
        var view = await WaitHealthyAsync(cancellationToken);
        Masters = [.. Masters.OrderBy(node => node.Name == view.Leader ? (_options.LeaderFirst ? -1 : 1) : 0)];
        var meta = TiupLayout.MetaYaml("tidb", "v8.5.0", "/home/tidb/dm/deploy", _options.UserMode, _options.Tls, Masters.Select(node => node.Layout), Workers.Select(node => node.Layout));
        Profile.Write(meta, privateKey, _certificates);
        _wholeSince = DateTimeOffset.UtcNow;
    }

    private async Task<bool> SeedAsync(CancellationToken cancellationToken)
    {
        var sources = Enumerable.Range(1, _options.Sources).Select(n => new SeedSource($"mysql-0{n}", [new SeedTask("task-1")]));
        try
        {
            var peer = new Uri($"{(_options.Tls ? "https" : "http")}://{Masters[0].Host.Address}:{Masters[0].PeerPort}");
            await Seeding.PostAsync(_http, peer, sources, cancellationToken);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<DmView?> AskWholeAsync(CancellationToken cancellationToken)
    {
        var view = await AskAsync(cancellationToken);
        return view is not null && view.Leader.Length > 0 &&
            view.AliveMasters.Count == Masters.Count &&
            view.Bindings.Count == Workers.Count &&
            view.BoundSources.Count == _options.Sources &&
            view.Tasks.Count == _options.Sources &&
            view.Tasks.Values.All(stage => stage == "Running") ? view : null;
    }

    /// <param name="component">Role.</param>
    /// <param name="port">Of the first of them on a host; each further one gets ten more.</param>
    /// <param name="number">Among the nodes of its component.</param>
    /// <param name="seat">Among all nodes: these take the hosts in turn.</param>
    private LabNode CreateNode(string component, int port, int number, int seat) =>
        new(_group.Hosts[seat % _options.Hosts], component, port + (10 * (number / _options.Hosts)), _options.UserMode);

    private static HttpClient CreateClient(ClusterCertificates? certificates)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        if (certificates is not null)
        {
            using var client = X509Certificate2.CreateFromPem(certificates.Client.Certificate, certificates.Client.PrivateKey);
            var authority = X509Certificate2.CreateFromPem(certificates.Authority.Certificate);
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                // The detour over PKCS#12 gives the key to the TLS stack of every platform.
                ClientCertificates = [X509CertificateLoader.LoadPkcs12(client.Export(X509ContentType.Pkcs12), null)],
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            };
        }

        return new HttpClient(handler);
    }
}
