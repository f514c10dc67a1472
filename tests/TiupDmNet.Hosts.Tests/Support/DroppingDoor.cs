using System.Net;
using System.Net.Sockets;

namespace TiupDmNet.Hosts.Tests.Support;

/// <summary>A port that drops its first visitors, as sshd beyond MaxStartups does, and leads the others to a server.</summary>
internal sealed class DroppingDoor : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly Task serving;
    private int visits;

    public DroppingDoor(int behind, int drop)
    {
        listener.Start();
        serving = ServeAsync(behind, drop);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public int Visits => visits;

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await serving;
        listener.Dispose();
        closing.Dispose();
    }

    private async Task ServeAsync(int behind, int drop)
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var visitor = await listener.AcceptTcpClientAsync(closing.Token);
                if (Interlocked.Increment(ref visits) <= drop)
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
            await Task.WhenAny(near.CopyToAsync(far, closing.Token), far.CopyToAsync(near, closing.Token));
        }
    }
}
