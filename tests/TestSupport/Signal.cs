using System.Diagnostics;
using System.Globalization;

namespace TiupDmNet.TestSupport;

/// <summary>Sends signals that .NET has no way to send.</summary>
public static class Signal
{
    /// <param name="name">Without SIG: "INT".</param>
    /// <param name="processes">Who gets it.</param>
    public static async Task SendAsync(string name, params IEnumerable<int> processes)
    {
        // The shell's own: a small system has no program kill.
        using var shell = Process.Start("/bin/sh", ["-c", "kill -s \"$@\"", "kill", name, .. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))]);
        await shell.WaitForExitAsync();
        if (shell.ExitCode != 0)
        {
            throw new InvalidOperationException($"kill -s {name} ended with exit code {shell.ExitCode}");
        }
    }
}
