using DmDouble.Tracing;
using DmDouble.Wire;

namespace DmDouble.Processes;

/// <summary>What the options of both programs have.</summary>
internal interface IProcessOptions
{
    string Name { get; }

    string? LogFile { get; }

    Tls? Tls { get; }
}

/// <summary>What a DM program has around it while it serves.</summary>
/// <param name="Stamp">Its build.</param>
/// <param name="Knobs">How it is to behave.</param>
/// <param name="Log">Its log.</param>
/// <param name="Trace">What is said of it afterwards.</param>
/// <param name="Client">For calls to other members.</param>
/// <param name="Stop">Completes when it is told to end.</param>
internal sealed record DmSurroundings(BuildStamp Stamp, KnobFile Knobs, DmLog Log, Trace Trace, InternalClient Client, Task Stop)
{
    /// <summary>Serves, from the options to the exit code.</summary>
    public static async Task<int> RunAsync<TOptions>(
        string program, Settings settings, BuildStamp stamp, Func<Settings, TOptions> read, Func<TOptions, DmSurroundings, Task<int>> serve)
        where TOptions : IProcessOptions
    {
        TOptions options;
        try
        {
            options = read(settings);
        }
        catch (Exception e) when (e is FormatException or IOException or System.Security.Cryptography.CryptographicException)
        {
            return DmProcess.WrongUsage(e.Message);
        }

        var knobs = new KnobFile(KnobFile.Name);
        using var log = new DmLog(options.LogFile);
        log.Info($"Welcome to {program}", ("release-version", stamp.Version), ("git-hash", stamp.Commit), ("git-branch", stamp.Branch), ("utc-build-time", stamp.BuiltAt));
        using var trace = new Trace(Trace.FileName, program, options.Name);
        using var client = new InternalClient(options.Tls);
        List<IDisposable> signals = [];
        var stop = DmProcess.StopSignal(knobs, signals);
        DmProcess.CrashLater(stamp);
        try
        {
            return await serve(options, new DmSurroundings(stamp, knobs, log, trace, client, stop));
        }
        finally
        {
            trace.Stopped();
            signals.ForEach(s => s.Dispose());
        }
    }
}
