using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DmDouble.Layout;

/// <summary>
/// Ports that stay ours while a process is down between a stop and a start. They lie below the range from which the kernel takes the near end
/// of outgoing connections, and a lock file keeps other clusters on this machine away from them.
/// </summary>
internal sealed class PortLease : IDisposable
{
    private const int First = 20_000;
    private const int End = 32_000;
    private readonly List<FileStream> _locks = [];

    public PortLease(int count)
    {
        var directory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "dm-double-ports"));
        var start = Random.Shared.Next(First, End);
        for (var i = 0; Ports.Count < count && i < End - First; i++)
        {
            var port = First + ((start - First + i) % (End - First));
            if (TryLock(Path.Combine(directory.FullName, port.ToString(CultureInfo.InvariantCulture))) is { } held)
            {
                _locks.Add(held);
                if (IsFree(port))
                {
                    Ports.Enqueue(port);
                }
            }
        }
    }

    public Queue<int> Ports { get; } = [];

    public void Dispose()
    {
        foreach (var held in _locks)
        {
            // Unlinked while held: whoever comes next makes a new one.
            File.Delete(held.Name);
            held.Dispose();
        }
    }

    private static FileStream? TryLock(string file)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
