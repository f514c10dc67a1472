using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Cli.Tests.Support;

/// <summary>A system call that changes a directory.</summary>
/// <param name="Name">"rename", "mkdir", "rmdir".</param>
/// <param name="Path">What it makes, moves or removes: of a rename, the old name.</param>
internal sealed record DirectoryCall(string Name, string Path);

/// <summary>Runs the program under strace, which sees what it does to files, and kills it where it is told to.</summary>
internal static partial class Strace
{
    private const string Program = "/usr/bin/strace";
    private const string Reason = "strace is not installed, or may not trace: nobody can kill a process at an exact system call";

    /// <summary>Skips the test (fails it with DMPATCH_LAB=required) where there is no strace.</summary>
    public static async Task RequireAsync()
    {
        var works = File.Exists(Program) && (await ChildProcess.EndAsync(ChildProcess.Start(new Dictionary<string, string>(), Program, "-f", "-qq", "-e", "trace=none", "true"))).ExitCode == 0;
        Assert.False(!works && Environment.GetEnvironmentVariable("DMPATCH_LAB") == "required", Reason);
        Assert.SkipUnless(works, Reason);
    }

    /// <summary>Runs a command to its end.</summary>
    /// <returns>The calls by which it has changed a directory, in order, but for those that move temporary files: they have other names each time.</returns>
    public static async Task<IReadOnlyList<DirectoryCall>> ObserveAsync(TempDirectory home, string directory, IEnumerable<string> command)
    {
        var log = home["strace.log"];
        var ran = await RunAsync(home, ["-o", log, "-e", "trace=rename,mkdir,rmdir"], command);
        Assert.True(ran.ExitCode == 0, ran.Error);
        return [.. File.ReadLines(log)
            .Select(line => Call().Match(line))
            .Where(match => match.Success)
            .Select(match => new DirectoryCall(match.Groups["name"].Value, match.Groups["path"].Value))
            .Where(call => call.Path.StartsWith(directory + "/", StringComparison.Ordinal) && !call.Path.EndsWith(".tmp", StringComparison.Ordinal))];
    }

    /// <summary>Runs a command that dies as it enters a call, before the call has done anything.</summary>
    public static Task KillAsync(TempDirectory home, DirectoryCall call, IEnumerable<string> command) =>
        KillAsync(home, ["-P", call.Path, "-e", $"trace={call.Name}", "-e", $"inject={call.Name}:signal=KILL"], command);

    /// <summary>Runs a command, one of whose threads dies, and with it the whole of it, as it enters its so many-th call of a kind.</summary>
    /// <returns>False if it has lived: no thread has that many.</returns>
    public static async Task<bool> KillAsync(TempDirectory home, string call, int number, IEnumerable<string> command)
    {
        var ran = await RunAsync(home, ["-o", "/dev/null", "-e", $"trace={call}", "-e", string.Create(CultureInfo.InvariantCulture, $"inject={call}:signal=KILL:when={number}")], command);
        Assert.True(ran.ExitCode is 0 or Killed, ran.Error);
        return ran.ExitCode == Killed;
    }

    /// <summary>As the shell has it: 128 and SIGKILL.</summary>
    private const int Killed = 137;

    private static async Task KillAsync(TempDirectory home, IEnumerable<string> options, IEnumerable<string> command)
    {
        var ran = await RunAsync(home, ["-o", "/dev/null", .. options], command);
        Assert.True(ran.ExitCode == Killed, $"exit code {ran.ExitCode}: {ran.Error}");
    }

    private static Task<Ran> RunAsync(TempDirectory home, IEnumerable<string> options, IEnumerable<string> command) =>
        ChildProcess.EndAsync(ChildProcess.Start(new Dictionary<string, string> { ["TIUP_HOME"] = home["tiup"] }, Program, ["-f", "-qq", .. options, ChildProcess.Program, .. command]));

    [GeneratedRegex(@"^\d+ +(?<name>rename|mkdir|rmdir)\(""(?<path>[^""]*)""(, ""[^""]*""|, 0\d+)?\) += 0")]
    private static partial Regex Call();
}
