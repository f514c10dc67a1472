using System.Diagnostics;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Cli.Tests.Support;

/// <summary>The built program as a process of its own.</summary>
internal static class ChildProcess
{
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "dotnet-dm-patch");

    /// <summary>With pipes for all three streams.</summary>
    public static Process Start(TempDirectory home, params IEnumerable<string> arguments) => Start(At(home), Program, arguments);

    /// <summary>On a terminal of its own, whose text comes through standard output.</summary>
    public static Process StartOnTerminal(TempDirectory home, string arguments) =>
        Start(At(home), "/usr/bin/script", ["-q", "-e", "-c", $"{Program} {arguments}", "/dev/null"]);

    public static async Task<Ran> EndAsync(Process process)
    {
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            await process.WaitForExitAsync(limit.Token);
            return new Ran(process.ExitCode, await output, await error);
        }
    }

    /// <param name="environment">TIUP_HOME and what else the program is to find.</param>
    /// <param name="program">A path.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Process Start(IReadOnlyDictionary<string, string> environment, string program, params IEnumerable<string> arguments)
    {
        // Tests that run in the background of a shell have inherited that Ctrl-C is ignored, and so would their children.
        var start = new ProcessStartInfo("/usr/bin/env", ["--default-signal=INT", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["TERM"] = "xterm";
        start.Environment.Remove("NO_COLOR");
        return Process.Start(start)!;
    }

    private static Dictionary<string, string> At(TempDirectory home) => new() { ["TIUP_HOME"] = home.Path };
}
