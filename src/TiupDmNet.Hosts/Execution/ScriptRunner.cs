using System.ComponentModel;
using System.Globalization;

namespace TiupDmNet.Hosts.Execution;

/// <summary>How a script's process ended.</summary>
/// <param name="Begun">bash has read the script whole and began to run it.</param>
/// <param name="ExitCode">As the host reported it; null when the connection ended before it could.</param>
/// <param name="ProcessExitCode">Of the process on this machine.</param>
/// <param name="Output">Of the script, or of the process where the script did not begin.</param>
/// <param name="Error">As <paramref name="Output"/>.</param>
/// <param name="Elapsed">Since the process was started.</param>
/// <param name="GivenUp">The host did not end it in time, or something there holds its output open.</param>
internal sealed record ScriptRun(bool Begun, int? ExitCode, int ProcessExitCode, string Output, string Error, TimeSpan Elapsed, bool GivenUp)
{
    /// <summary>The report arrived, and after it the connection was closed in order: output and error are all that there was.</summary>
    public bool Complete => ExitCode is not null && (ProcessExitCode == 0 || GivenUp);

    /// <summary>The result of a complete run.</summary>
    /// <exception cref="HostException">It ran into its limit, or the host has no way to run it.</exception>
    public CommandResult Result(Script script, HostAddress address)
    {
        // 124: timeout(1) has ended it, 137: has killed it. A script may end so by itself, but not at this time.
        if (ExitCode is 124 or 137 && Elapsed >= script.TimeLimit)
        {
            throw TimedOut(script, address, "and was ended there");
        }

        return Begun
            ? new CommandResult(ExitCode!.Value, Output, Error)
            : throw new HostException(
                HostFailure.Command,
                address.ToString(),
                $"{address} cannot run scripts (exit code {ExitCode} for '{script.Purpose}'); it needs bash and coreutils. It says: {Sentence.Of(Error)}");
    }

    public static HostException TimedOut(Script script, HostAddress address, string what) => new(
        HostFailure.TimedOut,
        address.ToString(),
        string.Create(CultureInfo.InvariantCulture, $"'{script.Purpose}' on {address} took longer than {script.TimeLimit.TotalSeconds:0.###} s {what}."));
}

/// <summary>Runs scripts through a way to start a command line on a host, which is all that the engines differ in.</summary>
/// <param name="start">Starts a command line in the login shell of the host; the callback is for each piece of output.</param>
/// <param name="time">For limits.</param>
internal sealed class ScriptRunner(Func<string, Action<ChildProcess>?, ChildProcess> start, TimeProvider time)
{
    // The host ends a script at its limit. If even that does not come back, the connection is given up.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(25);

    // How long a cancelled script may take to begin (before that there is nothing to end) and then to end.
    private static readonly TimeSpan CancelBegin = TimeSpan.FromSeconds(2);

    /// <summary>Runs a script to its end.</summary>
    /// <param name="script">The script.</param>
    /// <param name="feed">Writes the data that the script reads from its standard input. Null: there is none.</param>
    /// <param name="cancellation">Ends the script on the host as well.</param>
    public async Task<ScriptRun> RunAsync(Script script, Feed? feed, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var envelope = new ScriptEnvelope(script, feed is not null);
        var begun = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = time.GetTimestamp();
        var child = start(envelope.CommandLine, WatchForBegin);
        await using (child.ConfigureAwait(false))
        {
            using var stopFeeding = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var feeding = FeedAsync(child, envelope, begun.Task, feed, stopFeeding.Token);
            var tooLong = Task.Delay(script.TimeLimit + ScriptEnvelope.KillAfter + Grace, time, stopFeeding.Token);
            var faulted = FaultOf(feeding);
            var first = await Task.WhenAny(child.Exited, tooLong, faulted).ConfigureAwait(false);
            if (first != child.Exited)
            {
                await EndAsync(child, begun.Task).ConfigureAwait(false);
            }

            await stopFeeding.CancelAsync().ConfigureAwait(false);
            var exitCode = await child.Exited.ConfigureAwait(false);
            if (first == faulted)
            {
                await feeding.ConfigureAwait(false);
            }

            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
            var error = child.Error.ToString();
            return new ScriptRun(
                envelope.ProcessGroup(error) is not null,
                envelope.ExitCode(error),
                exitCode,
                envelope.Strip(child.Output.ToString()),
                envelope.Strip(error),
                time.GetElapsedTime(began),
                first == tooLong);
        }

        void WatchForBegin(ChildProcess source)
        {
            if (!begun.Task.IsCompleted && envelope.ProcessGroup(source.Error.ToString()) is { } group)
            {
                begun.TrySetResult(group);
            }
        }
    }

    private static async Task FeedAsync(ChildProcess child, ScriptEnvelope envelope, Task begun, Feed? feed, CancellationToken cancellation)
    {
        try
        {
            await child.Input.WriteAsync(envelope.Input, cancellation).ConfigureAwait(false);
            if (feed is not null)
            {
                await begun.WaitAsync(cancellation).ConfigureAwait(false);
                await feed(new Conversation(child, envelope), cancellation).ConfigureAwait(false);
            }
        }
        catch (IOException e) when (IsBrokenPipe(e))
        {
            // The other side wants no more; its exit code says why.
        }

        child.CloseInput();
    }

    /// <summary>Ends only when the task fails or is cancelled.</summary>
    private static Task FaultOf(Task task)
    {
        var fault = new TaskCompletionSource();
        task.ContinueWith(_ => fault.TrySetResult(), CancellationToken.None, TaskContinuationOptions.NotOnRanToCompletion, TaskScheduler.Default);
        return fault.Task;
    }

    // EPIPE. An IOException of the local file has another code and must not be taken for it.
    private static bool IsBrokenPipe(IOException e) => e.HResult == 32;

    private async Task EndAsync(ChildProcess child, Task<int> begun)
    {
        await Task.WhenAny(begun, child.Exited, Task.Delay(CancelBegin, time)).ConfigureAwait(false);
        if (begun.IsCompletedSuccessfully && !child.Exited.IsCompleted)
        {
            try
            {
                // The group is timeout(1), which kills what ignores the signal, the script and its children.
                var group = await begun.ConfigureAwait(false);
                await using var kill = start($"exec sh -c 'kill -s TERM -- -{group}'", null).ConfigureAwait(false);
                await Task.WhenAny(child.Exited, Task.Delay(ScriptEnvelope.KillAfter + CancelBegin, time)).ConfigureAwait(false);
            }
            catch (Win32Exception)
            {
            }
        }

        child.Kill();
    }
}
