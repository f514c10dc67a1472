using System.Collections.Concurrent;
using TiupDmNet.Hosts.Local;
using TiupDmNet.Hosts.OpenSsh;

namespace TiupDmNet.Hosts;

/// <summary>Opens each host once and hands it out as often as asked. Closing the pool closes all connections; who got a host does not close it.</summary>
public sealed class HostPool(HostSettings settings, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<HostAddress, Entry> hosts = new();
    private readonly SemaphoreSlim preparing = new(1);
    private readonly SemaphoreSlim connects = new(settings.SimultaneousConnects);
    private SocketDirectory? sockets;
    private SshConnector? connector;
    private bool disposed;

    /// <summary>The host at this address, connected.</summary>
    /// <exception cref="HostException">See <see cref="HostFailure"/>. The next call tries again.</exception>
    public async Task<IHost> ConnectAsync(HostAddress address, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var entry = hosts.GetOrAdd(address, static _ => new Entry());
        await entry.Gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return entry.Host ??= settings.Engine switch
            {
                SshEngine.None => await LocalHost.ConnectAsync(address, time, cancellation).ConfigureAwait(false),
                _ => await OpenSshHost.ConnectAsync(address, await ConnectorAsync(address, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false),
            };
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        disposed = true;
        await Task.WhenAll(hosts.Values.Select(CloseAsync)).ConfigureAwait(false);
        sockets?.Dispose();
    }

    private static async Task CloseAsync(Entry entry)
    {
        await entry.Gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (entry.Host is not null)
            {
                await entry.Host.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    private async Task<SshConnector> ConnectorAsync(HostAddress address, CancellationToken cancellation)
    {
        await preparing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return connector ??= await PrepareAsync(address).ConfigureAwait(false);
        }
        finally
        {
            preparing.Release();
        }
    }

    private async Task<SshConnector> PrepareAsync(HostAddress address)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new HostException(HostFailure.Engine, address.ToString(), "OpenSSH for Windows cannot share connections; run this from Linux, macOS or WSL.");
        }

        var client = await SshClient.DetectAsync(settings, address).ConfigureAwait(false);
        try
        {
            // ssh goes on without a word when it cannot record a key, and would then trust any key the next time.
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(settings.KnownHosts))!);
            await using var file = new FileStream(settings.KnownHosts, new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HostException(HostFailure.Engine, address.ToString(), $"Host keys cannot be recorded in {settings.KnownHosts}: {e.Message}", e);
        }

        sockets = SocketDirectory.Create(settings.SocketParent);
        return new SshConnector(client, settings, sockets, connects, time);
    }

    private sealed class Entry
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public IHost? Host { get; set; }
    }
}
