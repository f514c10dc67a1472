using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace TiupDmNet.DataMigration.Tests.Scripted;

/// <summary>A request as it came: <c>GET /status</c>.</summary>
internal sealed record Question(string Line, string Version, string Body, IReadOnlyDictionary<string, string> Headers);

/// <summary>
/// An HTTP/1.1 server on a loopback port of its own that answers as told, also in ways that no web server would: never, with nonsense,
/// with a reset.
/// </summary>
internal class ScriptedProcess : IAsyncDisposable
{
    private const byte TlsHandshake = 22;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Func<Question, Task<Reply>>> _script = new();
    private readonly ConcurrentQueue<Question> _questions = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly Task _accepting;
    private int _abandoned;

    public ScriptedProcess(SslServerAuthenticationOptions? tls = null)
    {
        _tls = tls;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Address => $"127.0.0.1:{Port}";

    public IReadOnlyList<Question> Questions => [.. _questions];

    /// <summary>Hanging requests that the other side gave up.</summary>
    public int Abandoned => Volatile.Read(ref _abandoned);

    /// <param name="line">Method and target without its query.</param>
    /// <param name="reply">One reply, or several of which the last one repeats.</param>
    public void On(string line, params Reply[] reply)
    {
        var next = -1;
        _script[line] = _ => Task.FromResult(reply[Math.Min(Interlocked.Increment(ref next), reply.Length - 1)]);
    }

    public void On(string line, Func<Question, Task<Reply>> reply) => _script[line] = reply;

    public int Count(string line) => Questions.Count(question => question.Line == line);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        using (socket)
        {
            try
            {
                await using var stream = await OpenAsync(socket);
                if (await ReadAsync(stream) is { } question)
                {
                    _questions.Enqueue(question);
                    await ReplyAsync(socket, stream, await ReplyToAsync(question));
                }
            }
            catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException)
            {
                // The other side went away, or this test is over.
            }
        }
    }

    private async Task<Stream> OpenAsync(Socket socket)
    {
        var plain = new NetworkStream(socket);
        if (_tls is null)
        {
            return plain;
        }

        var secure = new SslStream(plain);
        await secure.AuthenticateAsServerAsync(_tls, _stop.Token);
        return secure;
    }

    private async Task<Question?> ReadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            if (_tls is null && one[0] == TlsHandshake)
            {
                // As Go's server does.
                await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"u8.ToArray(), _stop.Token);
                return null;
            }

            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0];
        await stream.ReadExactlyAsync(body, _stop.Token);
        var version = lines[0].LastIndexOf(' ');
        return new Question(lines[0][..version], lines[0][(version + 1)..], Encoding.UTF8.GetString(body), headers);
    }

    private Task<Reply> ReplyToAsync(Question question)
    {
        var path = question.Line.Split('?')[0];
        return _script.TryGetValue(path, out var reply) ? reply(question) : Task.FromResult(Reply.Gateway(501, 12, "Not Implemented"));
    }

    private async Task ReplyAsync(Socket socket, Stream stream, Reply reply)
    {
        switch (reply)
        {
            case Reply.Whole whole:
                var body = Encoding.UTF8.GetBytes(whole.Body);
                var head = $"HTTP/1.1 {whole.Status} Scripted\r\nContent-Type: {whole.ContentType}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
                await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body], _stop.Token);
                break;
            case Reply.Raw raw:
                await stream.WriteAsync(Encoding.UTF8.GetBytes(raw.Sent), _stop.Token);
                break;
            case Reply.Cut:
                socket.LingerState = new LingerOption(true, 0);
                socket.Close();
                break;
            default:
                try
                {
                    await stream.CopyToAsync(Stream.Null, _stop.Token);
                }
                finally
                {
                    if (!_stop.IsCancellationRequested)
                    {
                        Interlocked.Increment(ref _abandoned);
                    }
                }

                break;
        }
    }
}
