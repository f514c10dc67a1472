using TiupDmNet.Clusters.Topology;
using TiupDmNet.DataMigration;

namespace TiupDmNet.Rollout.Display;

/// <summary>
/// Whether prometheus, grafana and alertmanager answer: 2xx and 3xx are Up (pingcap/tiup pkg/cluster/spec/{monitoring,grafana,alertmanager}.go).
/// Plain HTTP also where the cluster has TLS, and never through a proxy.
/// </summary>
internal sealed class MonitorProbe : IDisposable
{
    private const string Up = "Up";

    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(3),
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    public MonitorProbe(TimeSpan limit, TimeProvider time) => (_limit, _time) = (limit, time);

    public static bool Knows(string component) => Path(component) is not null;

    public async Task<NodeStatus> AskAsync(Node node, CancellationToken cancellation)
    {
        var address = $"http://{Node.IdOf(node.ManageHost, node.Port)}{Path(node.Component)}";
        using var limit = new CancellationTokenSource(_limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var response = await _http.GetAsync(new Uri(address), HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            return (int)response.StatusCode is >= 200 and < 400
                ? new NodeStatus(Up, "")
                : new NodeStatus(NodeStatus.Down, $"{address} answered {(int)response.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            return new NodeStatus(NodeStatus.Down, $"{address}: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new NodeStatus(NodeStatus.Down, $"{address} did not answer in time");
        }
    }

    public void Dispose() => _http.Dispose();

    private static string? Path(string component) => component switch
    {
        "prometheus" or "alertmanager" => "/-/ready",
        "grafana" => "/login",
        _ => null,
    };
}
