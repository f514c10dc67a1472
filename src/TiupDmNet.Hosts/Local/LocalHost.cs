using TiupDmNet.Hosts.Execution;
using TiupDmNet.Hosts.Uploads;

namespace TiupDmNet.Hosts.Local;

/// <summary>This machine as a host: the same scripts, without ssh.</summary>
internal sealed class LocalHost : IHost
{
    private readonly ScriptRunner _runner;
    private readonly Uploader _uploader;

    private LocalHost(HostAddress address, TimeProvider time)
    {
        Address = address;
        _runner = new ScriptRunner(static (line, onData) => ChildProcess.Start("/bin/sh", ["-c", line], onData), time);
        _uploader = new Uploader(address, RunAsync, time);
    }

    public HostAddress Address { get; }

    /// <summary>Checks that the address is this machine and the user is who runs this program.</summary>
    /// <exception cref="HostException"><see cref="HostFailure.Engine"/></exception>
    public static async Task<LocalHost> ConnectAsync(HostAddress address, TimeProvider time, CancellationToken cancellation)
    {
        if (!await LocalAddresses.ContainAsync(address.Host, cancellation).ConfigureAwait(false))
        {
            throw new HostException(
                HostFailure.Engine,
                address.ToString(),
                $"{address.Host} is not an address of this machine, so --ssh none cannot reach it; leave --ssh out to use OpenSSH.");
        }

        // From the effective user id and the passwd database, not from the environment.
        var current = Environment.UserName;
        return current == address.User
            ? new LocalHost(address, time)
            : throw new HostException(
                HostFailure.Engine,
                address.ToString(),
                $"The cluster belongs to user '{address.User}', but with --ssh none commands run as '{current}'; run this as '{address.User}', or leave --ssh out to use OpenSSH.");
    }

    public Task<CommandResult> RunAsync(Script script, CancellationToken cancellation) => RunAsync(script, null, cancellation);

    public Task<UploadOutcome> UploadAsync(Upload upload, IProgress<long>? progress, CancellationToken cancellation) =>
        _uploader.UploadAsync(upload, progress, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<CommandResult> RunAsync(Script script, Feed? feed, CancellationToken cancellation)
    {
        var run = await _runner.RunAsync(script, feed, cancellation).ConfigureAwait(false);
        return run.Complete
            ? run.Result(script, Address)
            : throw (run.GivenUp
                ? ScriptRun.TimedOut(script, Address, "and could not be ended")
                : new HostException(HostFailure.Lost, Address.ToString(), $"'{script.Purpose}' on {Address} was ended from outside; it says: {Sentence.Of(run.Error)}"));
    }
}
