using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace TiupDmNet.Hosts.Execution;

/// <summary>
/// A process of ours with its three streams: read all the time, so that it never blocks on a full pipe, and ended with its owner.
/// It runs in a session of its own: a Ctrl-C on the terminal is for this program, which decides what becomes of commands on hosts.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    // After a process has ended, only somebody who inherited its pipes can keep them open.
    private static readonly TimeSpan InheritedPipes = TimeSpan.FromSeconds(2);

    private static readonly string? Setsid = ((string[])["/usr/bin/setsid", "/bin/setsid"]).FirstOrDefault(File.Exists);

    private readonly Process _process;
    private readonly Task _pumps;
    private TaskCompletionSource _more = NewSignal();

    private ChildProcess(Process process, Action<ChildProcess>? onData)
    {
        _process = process;
        Input = Plain(process.StandardInput.BaseStream);
        _pumps = Task.WhenAll(
            PumpAsync(process.StandardOutput.BaseStream, Output, onData),
            PumpAsync(process.StandardError.BaseStream, Error, onData));
        Exited = WaitAsync();
    }

    /// <summary>Standard input of the process: a pipe, written with plain blocking writes.</summary>
    public Stream Input { get; }

    public BoundedBuffer Output { get; } = new();

    public BoundedBuffer Error { get; } = new();

    /// <summary>Completes with the next piece of output or error.</summary>
    public Task More => Volatile.Read(ref _more).Task;

    /// <summary>The exit code, once the process has ended and its output has been read.</summary>
    public Task<int> Exited { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="program">Searched in PATH unless it holds a slash.</param>
    /// <param name="arguments">As they are; no shell sees them.</param>
    /// <param name="onData">Called after each piece of output or error, from the thread that read it.</param>
    /// <param name="ownSession">False for short questions, for which a missing program must be an error at once.</param>
    /// <exception cref="Win32Exception">The program could not be started.</exception>
    public static ChildProcess Start(string program, IEnumerable<string> arguments, Action<ChildProcess>? onData = null, bool ownSession = true)
    {
        // setsid replaces itself by the program, so the process id is the program's.
        string[] command = Setsid is null || !ownSession ? [program, .. arguments] : [Setsid, program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        // Messages are read by this program.
        start.Environment["LC_ALL"] = "C";
        return new ChildProcess(Process.Start(start)!, onData);
    }

    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
        }
    }

    /// <summary>Closes standard input; what the process does not want to read any more is not an error.</summary>
    public void CloseInput()
    {
        try
        {
            Input.Dispose();
        }
        catch (IOException)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        CloseInput();
        await Exited.ConfigureAwait(false);
        _process.Dispose();
    }

    // .NET writes a pipe as if it were a socket, over epoll and 64 KiB at a time, which takes several times as long; and it tells a broken pipe by errors of sockets.
    private static Stream Plain(Stream pipe)
    {
        if (pipe is not PipeStream { SafePipeHandle: var handle })
        {
            return pipe;
        }

        var descriptor = handle.DangerousGetHandle();
        handle.SetHandleAsInvalid();
        return new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        await Task.WhenAny(_pumps, Task.Delay(InheritedPipes)).ConfigureAwait(false);
        return _process.ExitCode;
    }

    private async Task PumpAsync(Stream from, BoundedBuffer to, Action<ChildProcess>? onData)
    {
        // Not on the constructor's thread: onData gets this object.
        await Task.Yield();
        var buffer = new byte[16 * 1024];
        try
        {
            for (int count; (count = await from.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
            {
                to.Append(buffer.AsSpan(0, count));
                onData?.Invoke(this);
                Interlocked.Exchange(ref _more, NewSignal()).TrySetResult();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process was disposed with pipes that somebody else keeps open.
        }
    }
}
