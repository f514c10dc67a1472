using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text.Json;
using TiupDmNet.Mirror.Fetch;

namespace TiupDmNet.Mirror.Publishing.Server;

/// <summary>
/// The two calls with which a component is published. A session carries one package to one manifest; its id is used once.
/// (pingcap/tiup pkg/repository/mirror.go:480, server/handler/component.go, tarball.go)
/// </summary>
/// <remarks>One attempt each; what may work in another session comes out as <see cref="TransientException"/>.</remarks>
internal sealed class TiupServer(string address, HttpClient client, MirrorSettings settings, TimeProvider time) : IDisposable
{
    private const int LongestAnswer = 4096;

    /// <summary>Sends a package, as the only one of a session.</summary>
    public async Task UploadAsync(Guid session, OutgoingPackage package, IProgress<UploadProgress>? progress, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(settings.ResponseTimeout, time);
        var limit = settings.ResponseTimeout;
        using var part = new PackageContent(package, progress, whole => patience.CancelAfter(limit = whole ? settings.CommitTimeout : settings.StallTimeout));
        part.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");

        // Go's reader of forms gets the plain names and no second, encoded one.
        part.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "\"file\"", FileName = $"\"{package.FileName}\"" };
        using var form = new MultipartFormDataContent { part };
        using var request = new HttpRequestMessage(HttpMethod.Post, Url($"tarball/{session:D}")) { Content = form };
        request.Headers.ExpectContinue = true;
        await SendAsync(request, patience, () => limit, cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends a signed manifest, for which the session's package, if there is one, is taken into the mirror.</summary>
    /// <param name="flags">What is to be said of the component in the index: "hidden" and "standalone". What is left out stays as it is.</param>
    public async Task CommitAsync(Guid session, string component, byte[] manifest, IReadOnlyDictionary<string, bool> flags, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(settings.CommitTimeout, time);
        var query = string.Join('&', flags.Select(flag => $"{flag.Key}={(flag.Value ? "true" : "false")}"));
        using var request = new HttpRequestMessage(HttpMethod.Post, Url($"component/{session:D}/{Uri.EscapeDataString(component)}{(query.Length > 0 ? "?" : "")}{query}"));
        request.Content = new ByteArrayContent(manifest) { Headers = { ContentType = new MediaTypeHeaderValue("text/json") } };
        await SendAsync(request, patience, () => settings.CommitTimeout, cancellation).ConfigureAwait(false);
    }

    public void Dispose() => client.Dispose();

    private Uri Url(string call) => new($"{address.TrimEnd('/')}/api/v1/{call}");

    private async Task SendAsync(HttpRequestMessage request, CancellationTokenSource patience, Func<TimeSpan> limit, CancellationToken cancellation)
    {
        request.Headers.UserAgent.ParseAdd(settings.UserAgent);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw Refusal(response, await ExplanationAsync(response, either.Token).ConfigureAwait(false));
            }
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientException($"the server was silent for {limit().TotalSeconds:0.###} s", error);
        }
        catch (HttpRequestException error) when (error.InnerException is AuthenticationException)
        {
            throw new MirrorException(MirrorFailure.Unavailable, $"cannot open a secure connection to {address}: {error.InnerException.Message}", error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new TransientException(error.InnerException?.Message ?? error.Message, error);
        }
    }

    private Exception Refusal(HttpResponseMessage response, string explanation)
    {
        var answer = $"the server answered {(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd() + explanation;
        return (int)response.StatusCode switch
        {
            // A package that its session has lost, or read to the end already, is none: in a new session it is one again.
            409 or 408 or 429 or >= 500 => new TransientException(answer, retryAfter: response.Headers.RetryAfter?.Delta),
            400 when explanation.Contains("TARBALL", StringComparison.Ordinal) => new TransientException(answer),
            401 or 403 => new MirrorException(MirrorFailure.NotConfigured, $"{address} lets nobody with these keys change the component: {answer}"),
            404 or 405 or 501 => new MirrorException(
                MirrorFailure.NotConfigured, $"{address} is not served by a tiup-server, which is needed to publish over HTTP ({answer}); publish to its directory where that is"),
            413 => new MirrorException(MirrorFailure.NotConfigured, $"{address} does not take a package of this size: {answer}"),
            >= 300 and < 400 => new MirrorException(
                MirrorFailure.NotConfigured, $"{address} has moved to {response.Headers.Location?.ToString() ?? "another place"} ({answer}); publish to that address"),
            _ => new MirrorException(MirrorFailure.Unavailable, $"cannot publish on {address}: {answer}"),
        };
    }

    /// <summary>TiUP's {"status": …, "message": …} as text, or the first line of whatever else it is.</summary>
    private static async Task<string> ExplanationAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            var start = new byte[LongestAnswer];
            var count = await body.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            using var document = JsonDocument.Parse(start.AsMemory(0, count));
            return $" ({document.RootElement.GetProperty("status").GetString()}: {document.RootElement.GetProperty("message").GetString()})";
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or IOException or HttpRequestException)
        {
            return "";
        }
    }
}
