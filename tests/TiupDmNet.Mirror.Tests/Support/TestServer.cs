using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace TiupDmNet.Mirror.Tests.Support;

/// <param name="Range">First byte asked for, null without a Range header.</param>
internal sealed record LoggedRequest(string Path, long? Range, string? IfRange, int Connection);

/// <summary>What the server does with a request, instead of simply serving the file.</summary>
internal sealed record Answer
{
    public int Status { get; init; } = 200;

    public byte[]? Body { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Cuts the connection after so many bytes of the body.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Says nothing more after so many bytes of the body, until the client goes away.</summary>
    public int? StallAfter { get; init; }

    /// <summary>Cuts the connection without an answer.</summary>
    public bool Drop { get; init; }

    /// <summary>Ends the body by closing the connection, without saying how long it is.</summary>
    public bool WithoutLength { get; init; }
}

/// <summary>A real HTTP/1.1 server on the loopback interface: keep-alive, ranges, ETags, a log of requests, and faults on demand.</summary>
internal sealed partial class TestServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<LoggedRequest> _log = new();
    private readonly Func<string, byte[]?> _file;
    private readonly Task _accepting;
    private int _connections;
    private long _sent;

    /// <param name="file">The content of a file by its name without a slash; null for one that does not exist.</param>
    public TestServer(Func<string, byte[]?> file)
    {
        _file = file;
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens, or listened.</summary>
    public string Address { get; }

    /// <summary>Decides about a request; null serves the file.</summary>
    public Func<LoggedRequest, Answer?> Faults { get; set; } = _ => null;

    public IReadOnlyList<LoggedRequest> Log => [.. _log];

    public IReadOnlyList<string> Paths => [.. _log.Select(request => request.Path)];

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Bytes of bodies written so far.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public static TestServer OfDirectory(string directory) =>
        new(name => File.Exists(Path.Combine(directory, name)) ? File.ReadAllBytes(Path.Combine(directory, name)) : null);

    public void ClearLog() => _log.Clear();

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                serving.Add(ServeAsync(client, Interlocked.Increment(ref _connections)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client, int connection)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                while (await ReadRequestAsync(reader, connection) is { } request)
                {
                    _log.Enqueue(request);
                    if (!await AnswerAsync(stream, request, Faults(request)))
                    {
                        // Reset, not closed in peace.
                        client.Client.LingerState = new LingerOption(true, 0);
                        return;
                    }
                }
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or SocketException)
            {
            }
        }
    }

    private async Task<LoggedRequest?> ReadRequestAsync(StreamReader reader, int connection)
    {
        if (await reader.ReadLineAsync(_stop.Token) is not { } line || line.Split(' ') is not [_, var target, _])
        {
            return null;
        }

        long? range = null;
        string? ifRange = null;
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } header)
        {
            if (RangeHeader().Match(header) is { Success: true } match)
            {
                range = long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
            }
            else if (header.StartsWith("If-Range: ", StringComparison.OrdinalIgnoreCase))
            {
                ifRange = header["If-Range: ".Length..];
            }
        }

        return new LoggedRequest(Uri.UnescapeDataString(target.TrimStart('/')), range, ifRange, connection);
    }

    /// <returns>True if the connection can go on.</returns>
    private async Task<bool> AnswerAsync(NetworkStream stream, LoggedRequest request, Answer? answer)
    {
        if (answer is { Drop: true })
        {
            return false;
        }

        var content = answer?.Body ?? (answer is null or { Status: 200 } ? _file(request.Path) : []);
        var status = content is null ? 404 : answer?.Status ?? 200;
        var body = content ?? [];
        var headers = new Dictionary<string, string>(answer?.Headers ?? new Dictionary<string, string>());
        if (status == 200 && answer?.Body is null)
        {
            var tag = $"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body))[..16]}\"";
            headers.TryAdd("ETag", tag);
            if (request.Range is { } from && (request.IfRange is null || request.IfRange == tag))
            {
                status = from < body.Length ? 206 : 416;
                headers["Content-Range"] = from < body.Length ? $"bytes {from}-{body.Length - 1}/{body.Length}" : $"bytes */{body.Length}";
                body = from < body.Length ? body[(int)from..] : [];
            }
        }

        if (answer is not { WithoutLength: true })
        {
            headers["Content-Length"] = body.Length.ToString(CultureInfo.InvariantCulture);
        }

        var head = new StringBuilder($"HTTP/1.1 {status} {(HttpStatusCode)status}\r\n");
        foreach (var (name, value) in headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        var length = Math.Min(body.Length, answer?.CutAfter ?? answer?.StallAfter ?? int.MaxValue);
        await stream.WriteAsync(body.AsMemory(0, length), _stop.Token);
        Interlocked.Add(ref _sent, length);
        if (answer?.StallAfter is not null)
        {
            await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, _stop.Token);
            return false;
        }

        if (answer?.CutAfter is not null)
        {
            // Let what was sent arrive before the reset.
            await stream.FlushAsync(_stop.Token);
            stream.Socket.Shutdown(SocketShutdown.Send);
            await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, _stop.Token);
            return false;
        }

        return answer is not { WithoutLength: true };
    }

    [GeneratedRegex(@"^Range: bytes=(\d+)-$", RegexOptions.IgnoreCase)]
    private static partial Regex RangeHeader();
}
