using System.Diagnostics;

namespace TiupDmNet.Packages.Tests.Support;

/// <summary>Programs of the system, which are the judges of what a package is.</summary>
internal static class Tool
{
    public static async Task<string> RunAsync(string directory, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TZ"] = "UTC", ["LC_ALL"] = "C" },
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit {process.ExitCode}\n{await errors}");
        return await output + await errors;
    }

    public static void SkipWithout(string program) => Assert.SkipUnless(
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program))),
        $"{program} is not installed");
}
