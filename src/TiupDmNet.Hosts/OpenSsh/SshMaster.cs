using TiupDmNet.Hosts.Execution;

namespace TiupDmNet.Hosts.OpenSsh;

/// <summary>One connection to a host, owned by this process, that commands share through its socket.</summary>
internal sealed class SshMaster : IAsyncDisposable
{
    public const string Connected = "dm-patch-connected";

    // Holds ssh by a lifeline: a line on standard input closes the connection, and so does the end of the input, which means that this program has died;
    // then the socket and its directory go too. ssh itself must read neither the terminal nor this input, so the lifeline is file 3 of a process beside it.
    internal const string Lifeline = """
        socket=$1; shift
        exec 3<&0
        "$@" </dev/null 3<&- & ssh=$!
        { read -r line || { rm -f -- "$socket"; rmdir -- "${socket%/*}"; }; kill $ssh; } <&3 >/dev/null 2>&1 & lifeline=$!
        exec 3<&-
        wait $ssh; code=$?
        kill $lifeline 2>/dev/null
        exit $code
        """;

    // ssh's own limit covers the network and the key exchange; after that the server may still be slow to let somebody in.
    private static readonly TimeSpan Login = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(3);

    private readonly ChildProcess _process;

    private SshMaster(ChildProcess process, string socket)
    {
        _process = process;
        Socket = socket;
    }

    public string Socket { get; }

    public bool IsOpen => !_process.Exited.IsCompleted;

    /// <summary>What ssh said of the connection's end: one line. Before it may be a server's banner and the like.</summary>
    public string LastWords => Sentence.Last(_process.Error.ToString());

    /// <summary>Whether the connection has ended; waits a moment for it, because commands notice the end before ssh's own exit.</summary>
    public async Task<bool> EndedAsync()
    {
        await Task.WhenAny(_process.Exited, Task.Delay(Closing)).ConfigureAwait(false);
        return !IsOpen;
    }

    /// <summary>Connects once.</summary>
    /// <returns>The connection, or what ssh said when it failed.</returns>
    public static async Task<(SshMaster? Master, string Error)> OpenAsync(
        SshClient client, HostAddress address, SocketDirectory sockets, HostSettings settings, bool onlyGivenKeys, TimeProvider time, CancellationToken cancellation)
    {
        var socket = sockets.NewSocket();
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = ChildProcess.Start(
            "/bin/sh",
            ["-c", Lifeline, "dm-patch-ssh", socket, .. client.MasterArguments(address, socket, onlyGivenKeys)],
            child =>
            {
                if (!connected.Task.IsCompleted && child.Output.ToString().Contains(Connected, StringComparison.Ordinal))
                {
                    connected.TrySetResult();
                }
            });

        var master = new SshMaster(process, socket);
        var limit = settings.ConnectTimeout + Login;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var first = await Task.WhenAny(connected.Task, process.Exited, Task.Delay(limit, time, stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        if (first == connected.Task)
        {
            return (master, "");
        }

        var late = !process.Exited.IsCompleted;
        await master.DisposeAsync().ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return (null, late ? FormattableString.Invariant($"{process.Error}\nlogin not finished within {limit.TotalSeconds:0} s\n") : process.Error.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _process.Input.WriteAsync("close\n"u8.ToArray()).ConfigureAwait(false);
            await _process.Input.FlushAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
        }

        await Task.WhenAny(_process.Exited, Task.Delay(Closing)).ConfigureAwait(false);
        await _process.DisposeAsync().ConfigureAwait(false);
    }
}
