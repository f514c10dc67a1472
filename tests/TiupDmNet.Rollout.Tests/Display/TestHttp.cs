using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TiupDmNet.Rollout.Tests.Display;

/// <summary>A server on a free port of the loopback, which answers GET requests by their path and query.</summary>
internal sealed class TestHttp : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, (int Status, string Body)> _answer;
    private readonly Task _serving;

    public TestHttp(Func<string, (int Status, string Body)> answer)
    {
        _answer = answer;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _serving;
    }

    private async Task ServeAsync()
    {
        var answers = new List<Task>();
        try
        {
            while (true)
            {
                answers.Add(AnswerAsync(await _listener.AcceptTcpClientAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(answers);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
            if (await reader.ReadLineAsync() is not { } request)
            {
                return;
            }

            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            var (status, body) = _answer(request.Split(' ')[1]);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
        }
    }
}
