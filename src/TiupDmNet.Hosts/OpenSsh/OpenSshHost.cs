using TiupDmNet.Hosts.Execution;
using TiupDmNet.Hosts.Uploads;

namespace TiupDmNet.Hosts.OpenSsh;

/// <summary>A host behind one OpenSSH connection. A connection that broke is made again for the next command; a command is never repeated.</summary>
internal sealed class OpenSshHost : IHost
{
    /// <summary>ssh's exit code for its own failures.</summary>
    private const int SshError = 255;

    private readonly SshConnector _connector;
    private readonly SemaphoreSlim _connecting = new(1);
    private readonly SessionSlots _sessions = new();
    private readonly Uploader _uploader;
    private SshMaster? _master;
    private bool _disposed;

    private OpenSshHost(HostAddress address, SshConnector connector)
    {
        Address = address;
        _connector = connector;
        _uploader = new Uploader(address, RunAsync, connector.Time);
    }

    public HostAddress Address { get; }

    /// <summary>Connects.</summary>
    /// <exception cref="HostException">See <see cref="SshConnector.ConnectAsync"/>.</exception>
    public static async Task<OpenSshHost> ConnectAsync(HostAddress address, SshConnector connector, CancellationToken cancellation)
    {
        var host = new OpenSshHost(address, connector);
        await host.MasterAsync(cancellation).ConfigureAwait(false);
        return host;
    }

    public Task<CommandResult> RunAsync(Script script, CancellationToken cancellation) => RunAsync(script, null, cancellation);

    public Task<UploadOutcome> UploadAsync(Upload upload, IProgress<long>? progress, CancellationToken cancellation) =>
        _uploader.UploadAsync(upload, progress, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _connecting.WaitAsync().ConfigureAwait(false);
        try
        {
            _disposed = true;
            if (_master is not null)
            {
                await _master.DisposeAsync().ConfigureAwait(false);
                _master = null;
            }
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task<CommandResult> RunAsync(Script script, Feed? feed, CancellationToken cancellation)
    {
        using var slot = await _sessions.EnterAsync(cancellation).ConfigureAwait(false);
        for (var reconnected = false; ;)
        {
            var connection = await MasterAsync(cancellation).ConfigureAwait(false);
            var runner = new ScriptRunner((line, onData) => _connector.Client.Start(Address, connection.Socket, line, onData), _connector.Time);
            var run = await runner.RunAsync(script, feed, cancellation).ConfigureAwait(false);
            if (run.Complete)
            {
                return run.Result(script, Address);
            }

            if (run.GivenUp)
            {
                throw ScriptRun.TimedOut(script, Address, "and the host did not say that it was ended");
            }

            if (SessionRefused(run))
            {
                if (!await slot.NarrowAsync(_connector.Time, cancellation).ConfigureAwait(false))
                {
                    throw Failure(HostFailure.Engine, $"sshd on {Address} allows no session in a connection; set MaxSessions in its sshd_config to 10, which is the default.");
                }
            }
            else if (!reconnected && SocketSilent(run) && await connection.EndedAsync().ConfigureAwait(false))
            {
                reconnected = true;
            }
            else
            {
                throw await LostAsync(script, connection, run).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The connection, made anew if it has ended.</summary>
    private async Task<SshMaster> MasterAsync(CancellationToken cancellation)
    {
        await _connecting.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_master is { IsOpen: false })
            {
                await _master.DisposeAsync().ConfigureAwait(false);
                _master = null;
            }

            return _master ??= await _connector.ConnectAsync(Address, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _connecting.Release();
        }
    }

    /// <summary>The server did not open a session, so nothing of the script has run.</summary>
    private static bool SessionRefused(ScriptRun run) => run.Error.Contains("Session open refused by peer", StringComparison.Ordinal);

    /// <summary>Nobody listened on the socket, and ssh tried the detour that we closed: nothing of the script was sent.</summary>
    private static bool SocketSilent(ScriptRun run) => !run.Begun
        && (run.Error.Contains("kex_exchange_identification", StringComparison.Ordinal) || run.Error.Contains("ssh_exchange_identification", StringComparison.Ordinal));

    private async Task<HostException> LostAsync(Script script, SshMaster connection, ScriptRun run)
    {
        if (!run.Begun && run.ProcessExitCode != SshError)
        {
            return Failure(
                HostFailure.Authentication,
                $"{Address} lets {Address.User} in but runs no commands for this user (exit code {run.ProcessExitCode}); it says: {Sentence.Of(run.Output + run.Error)}");
        }

        await connection.EndedAsync().ConfigureAwait(false);
        var known = run.Begun ? "whether it was finished there is not known" : "whether it was begun there is not known";
        return Failure(HostFailure.Lost, $"The connection to {Address} broke during '{script.Purpose}'; {known}. ssh says: {(connection.IsOpen ? Sentence.Last(run.Error) : connection.LastWords)}");
    }

    private HostException Failure(HostFailure failure, string message) => new(failure, Address.ToString(), message);
}
