using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace DmDouble.Wire;

/// <summary>
/// How the stand-ins talk to each other: what goes over gRPC and raft between real ones. The content type keeps these calls apart from the
/// public API on the same port, just as gRPC's does: without it they do not exist.
/// </summary>
internal sealed class InternalClient : IDisposable
{
    public const string ContentType = "application/grpc+dm-double";

    private readonly HttpClient _http;
    private readonly string _scheme;

    public InternalClient(Tls? tls)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(1) };
        if (tls is not null)
        {
            handler.SslOptions = tls.ForClients();
        }

        _scheme = tls is null ? "http" : "https";
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, DefaultRequestVersion = HttpVersion.Version11 };
    }

    /// <param name="address"><c>host:port</c> or a URL.</param>
    /// <exception cref="HttpRequestException">There is no good answer.</exception>
    public async Task<TReply> CallAsync<TRequest, TReply>(
        string address, string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType, TimeSpan limit, CancellationToken cancellation)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(limit);
        using var message = new HttpRequestMessage(HttpMethod.Post, Uri(address, path)) { Content = Content(JsonSerializer.SerializeToUtf8Bytes(request, requestType)) };
        try
        {
            using var response = await _http.SendAsync(message, timer.Token);
            var body = await response.Content.ReadAsByteArrayAsync(timer.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw new HttpRequestException(Encoding.UTF8.GetString(body), null, response.StatusCode);
            }

            return JsonSerializer.Deserialize(body, replyType)!;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new HttpRequestException($"no answer from {address} within {limit.TotalMilliseconds:0} ms");
        }
    }

    /// <summary>Sends a public call on as a follower does: over the internal channel, so that it is not forwarded twice.</summary>
    public async Task<Reply> ForwardAsync(string address, string method, string pathAndQuery, byte[] body, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), Uri(address, pathAndQuery)) { Content = Content(body) };
        using var response = await _http.SendAsync(message, cancellation);
        return new Reply((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellation), response.Content.Headers.ContentType?.ToString() ?? "application/json");
    }

    /// <summary>Whether the address answers <c>GET /health</c> with any status within a second.</summary>
    public async Task<bool> AnswersAsync(string url, CancellationToken cancellation)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(TimeSpan.FromSeconds(1));
        try
        {
            using var response = await _http.GetAsync(new Uri(url.TrimEnd('/') + "/health"), timer.Token);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => _http.Dispose();

    private static ByteArrayContent Content(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        return content;
    }

    private Uri Uri(string address, string path) =>
        new(address.Contains("://", StringComparison.Ordinal) ? address.TrimEnd('/') + path : $"{_scheme}://{address}{path}");
}
