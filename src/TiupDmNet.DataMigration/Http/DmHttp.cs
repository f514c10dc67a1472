using System.Net;
using System.Net.Security;
using System.Text;

namespace TiupDmNet.DataMigration.Http;

/// <summary>What came back, whatever the status code.</summary>
internal sealed record DmAnswer(HttpStatusCode Status, string Body);

/// <summary>
/// Sends one request to one process. A new connection each time: the answer then comes from the process that runs now, with the
/// certificate it has now, never over a connection that a restart has cut. HTTP/1.1 exactly, because what speaks HTTP/2 on these
/// ports is gRPC only.
/// </summary>
internal sealed class DmHttp : IDisposable
{
    // DM's own messages end at 4 MB (gRPC); JSON is longer, but not that much.
    private const int LongestAnswer = 64 << 20;

    private readonly DmClusterSettings _settings;
    private readonly TimeProvider _time;
    private readonly Lazy<TlsIdentity?> _identity;
    private readonly Lazy<HttpClient> _client;

    public DmHttp(DmClusterSettings settings, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _identity = new(() => settings.Tls is { } files ? TlsIdentity.Load(files, time) : null);
        _client = new(CreateClient);
    }

    /// <param name="peer">Who is asked.</param>
    /// <param name="method">GET or PUT.</param>
    /// <param name="path">Path and query, escaped.</param>
    /// <param name="json">Body, or null for none.</param>
    /// <param name="limit">From the first packet to the last.</param>
    /// <param name="cancellation">Ends the request, and with it the RPC on the other side.</param>
    /// <exception cref="DmException">Unreachable: there was no answer.</exception>
    public async Task<DmAnswer> SendAsync(Peer peer, HttpMethod method, string path, string? json, TimeSpan limit, CancellationToken cancellation)
    {
        if (!Uri.TryCreate($"{(_settings.Tls is null ? "http" : "https")}://{peer.Address}{path}", UriKind.Absolute, out var target))
        {
            throw new DmException(DmFailure.Unreachable, $"{peer.Title} has an address that cannot be used");
        }

        using var request = new HttpRequestMessage(method, target)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"),
        };
        request.Headers.ConnectionClose = true;
        using var timer = new CancellationTokenSource(limit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            using var response = await _client.Value.SendAsync(request, stop.Token).ConfigureAwait(false);
            return new DmAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(stop.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            // Neither the caller nor our limit: what is left is the limit for connecting.
            throw new DmException(
                DmFailure.Unreachable,
                timer.IsCancellationRequested
                    ? $"{peer.Title} did not answer {method} {path} within {Seconds(limit)}"
                    : $"{peer.Title} did not accept a connection within {Seconds(_settings.Limits.Connect)}",
                e);
        }
        catch (TlsException e)
        {
            throw new DmException(DmFailure.Unreachable, e.Message, e) { TlsFailed = true };
        }
        catch (HttpRequestException e)
        {
            throw HttpTrouble.Explain(peer, e, _identity.Value);
        }
    }

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }

        if (_identity.IsValueCreated)
        {
            _identity.Value?.Dispose();
        }
    }

    private static string Seconds(TimeSpan limit) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{limit.TotalSeconds:0.###} s");

    private HttpClient CreateClient()
    {
        var handler = new SocketsHttpHandler
        {
            // The environment's proxies are for the outside world, not for the cluster.
            UseProxy = _settings.Proxy is not null,
            Proxy = _settings.Proxy is { } proxy ? new WebProxy(proxy) : null,
            ConnectTimeout = _settings.Limits.Connect,
            PooledConnectionLifetime = TimeSpan.Zero,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
        };
        if (_identity.Value is { } identity)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificateContext = identity.Certificate,
                RemoteCertificateValidationCallback = (_, certificate, chain, _) => identity.Accept(certificate, chain),
            };
        }

        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LongestAnswer };
    }
}
