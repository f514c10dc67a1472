using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Fetch;

/// <summary>A mirror behind a URL.</summary>
internal sealed class HttpSource : IMirrorSource
{
    private readonly HttpClient _client;
    private readonly MirrorSettings _settings;
    private readonly TimeProvider _time;
    private readonly Retry _retry;
    private readonly Uri _base;

    public HttpSource(string address, HttpClient client, MirrorSettings settings, TimeProvider time)
    {
        (Address, _client, _settings, _time) = (address, client, settings, time);
        _retry = new Retry(settings, time);
        _base = Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var uri)
            ? uri
            : throw new MirrorException(MirrorFailure.NotConfigured, $"the mirror address {address} is no URL");
    }

    public string Address { get; }

    public Task<byte[]?> ReadAsync(string file, long limit, CancellationToken cancellation) =>
        _retry.RunAsync($"fetch {file} from {Address}", () => ReadOnceAsync(file, limit, cancellation), cancellation);

    public async Task<SourceContent?> OpenAsync(string file, long offset, string? validator, CancellationToken cancellation)
    {
        // Without a validator nobody could tell whether the rest belongs to what is here already.
        using var request = Request(file);
        if (offset > 0 && validator is not null)
        {
            request.Headers.Range = new RangeHeaderValue(offset, null);
            request.Headers.TryAddWithoutValidation("If-Range", validator);
        }

        var response = await SendAsync(request, cancellation).ConfigureAwait(false);
        try
        {
            if (Absent(response))
            {
                response.Dispose();
                return null;
            }

            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable || IsWrongPart(response, offset))
            {
                response.Dispose();
                return await OpenAsync(file, 0, null, cancellation).ConfigureAwait(false);
            }

            Check(response);
            var part = response.StatusCode == HttpStatusCode.PartialContent;
            var total = part ? response.Content.Headers.ContentRange!.Length : response.Content.Headers.ContentLength;
            var stream = await OpenAsync(response, cancellation).ConfigureAwait(false);
            return new SourceContent(stream, part ? offset : 0, total, Validator(response));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
    }

    private async Task<byte[]?> ReadOnceAsync(string file, long limit, CancellationToken cancellation)
    {
        using var request = Request(file);
        using var response = await SendAsync(request, cancellation).ConfigureAwait(false);
        if (Absent(response))
        {
            return null;
        }

        Check(response);
        var announced = response.Content.Headers.ContentLength;
        if (announced > limit)
        {
            throw TooLarge(file, limit);
        }

        var stream = await OpenAsync(response, cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var content = new MemoryStream((int)(announced ?? 0));
            var buffer = new byte[16 * 1024];
            while (await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false) is var count and > 0)
            {
                if (content.Length + count > limit)
                {
                    throw TooLarge(file, limit);
                }

                content.Write(buffer, 0, count);
            }

            return content.ToArray();
        }
    }

    private UntrustedException TooLarge(string file, long limit) =>
        new Origin(file, Address).Refuse(TrustRule.Consistency, $"it has more than the {limit} bytes that it may have");

    private HttpRequestMessage Request(string file)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_base, Uri.EscapeDataString(file)));
        request.Headers.UserAgent.ParseAdd(_settings.UserAgent);
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(_settings.ResponseTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientException($"no answer within {_settings.ResponseTimeout.TotalSeconds:0.###} s", error);
        }
        catch (HttpRequestException error) when (error.InnerException is AuthenticationException)
        {
            throw new MirrorException(MirrorFailure.Unavailable, $"cannot open a secure connection to {Address}: {error.InnerException.Message}", error);
        }
        catch (HttpRequestException error)
        {
            throw new TransientException(error.InnerException?.Message ?? error.Message, error);
        }
    }

    private async Task<Stream> OpenAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        new ResponseStream(response, await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false), _settings.StallTimeout, _time);

    /// <summary>Object stores answer 403 for what they do not have.</summary>
    private static bool Absent(HttpResponseMessage response) => response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden or HttpStatusCode.Gone;

    private static bool IsWrongPart(HttpResponseMessage response, long offset) => response.StatusCode == HttpStatusCode.PartialContent
        && (offset == 0 || response.Content.Headers.ContentRange is not { Unit: "bytes", From: { } from } || from != offset);

    private void Check(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var answer = $"the server answered {(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd();
        if (response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)response.StatusCode >= 500)
        {
            var after = response.Headers.RetryAfter;
            throw new TransientException(answer, retryAfter: after?.Delta ?? (after?.Date is { } date ? date - _time.GetUtcNow() : null));
        }

        throw new MirrorException(MirrorFailure.Unavailable, $"cannot fetch {response.RequestMessage?.RequestUri}: {answer}");
    }

    private static string? Validator(HttpResponseMessage response) => response.Headers.ETag is { IsWeak: false } tag
        ? tag.ToString()
        : response.Content.Headers.LastModified?.ToString("R");
}
