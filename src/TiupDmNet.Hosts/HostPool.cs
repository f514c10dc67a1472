using System.Collections.Concurrent;
using TiupDmNet.Hosts.Local;
using TiupDmNet.Hosts.OpenSsh;

namespace TiupDmNet.Hosts;

/// <summary>Opens each host once and hands it out as often as asked. Closing the pool closes all connections; who got a host does not close it.</summary>
public sealed class HostPool(HostSettings settings, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<HostAddress, Entry> _hosts = new();
    private readonly SemaphoreSlim _preparing = new(1);
    private readonly SemaphoreSlim _connects = new(settings.SimultaneousConnects);
    private SocketDirectory? _sockets;
    private SshConnector? _connector;
    private bool _disposed;

    /// <summary>The host at this address, connected.</summary>
    /// <exception cref="HostException">See <see cref="HostFailure"/>. The next call tries again.</exception>
    public async Task<IHost> ConnectAsync(HostAddress address, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var entry = _hosts.GetOrAdd(address, static _ => new Entry());
        await entry.Gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
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
        _disposed = true;
        await Task.WhenAll(_hosts.Values.Select(CloseAsync)).ConfigureAwait(false);
        _sockets?.Dispose();
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
        await _preparing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return _connector ??= await PrepareAsync(address).ConfigureAwait(false);
        }
        finally
        {
            _preparing.Release();
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

        _sockets = SocketDirectory.Create(settings.SocketParent);
        return new SshConnector(client, settings, _sockets, _connects, time);
    }

    private sealed class Entry
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public IHost? Host { get; set; }
    }
}
