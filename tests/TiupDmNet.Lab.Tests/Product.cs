using System.Diagnostics;
using TiupDmNet.Lab.Tests.Hosts;

namespace TiupDmNet.Lab.Tests;

/// <summary>The tool under test as a user has it: an executable, an environment, nobody at the keyboard.</summary>
public sealed class Product(string tiupHome, string home)
{
    /// <summary>The user's home and working directory.</summary>
    public string HomeDirectory { get; } = Directory.CreateDirectory(home).FullName;

    /// <summary>Runs <c>dotnet-dm-patch</c> with an empty standard input, until it ends by itself.</summary>
    public Task<CommandResult> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "dotnet-dm-patch"), arguments)
        {
            WorkingDirectory = HomeDirectory,
        };
        foreach (var name in start.Environment.Keys.Where(IsOfTheMachine).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["TIUP_HOME"] = tiupHome;
        start.Environment["HOME"] = HomeDirectory;
        start.Environment["NO_COLOR"] = "1";
        return ChildProcess.RunAsync(start, null, cancellationToken);
    }

    private static bool IsOfTheMachine(string name) =>
        name.StartsWith("TIUP_", StringComparison.Ordinal) || name.StartsWith("SSH_", StringComparison.Ordinal) ||
        name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase);
}
