using System.Net;
using System.Net.Sockets;

namespace TiupDmNet.Hosts.Tests.Support;

/// <summary>A port that drops its first visitors, as sshd beyond MaxStartups does, and leads the others to a server.</summary>
internal sealed class DroppingDoor : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _serving;
    private int _visits;

    public DroppingDoor(int behind, int drop)
    {
        _listener.Start();
        _serving = ServeAsync(behind, drop);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Visits => _visits;

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _serving;
        _listener.Dispose();
        _closing.Dispose();
    }

    private async Task ServeAsync(int behind, int drop)
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var visitor = await _listener.AcceptTcpClientAsync(_closing.Token);
                if (Interlocked.Increment(ref _visits) <= drop)
                {
                    visitor.Dispose();
                }
                else
                {
                    open.Add(LeadAsync(visitor, behind));
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        await Task.WhenAll(open);
    }

    private async Task LeadAsync(TcpClient visitor, int behind)
    {
        using (visitor)
        {
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, behind);
            var (near, far) = (visitor.GetStream(), server.GetStream());
            await Task.WhenAny(near.CopyToAsync(far, _closing.Token), far.CopyToAsync(near, _closing.Token));
        }
    }
}
