using System.Diagnostics;

namespace TiupDmNet.Hosts.Tests.Support;

internal static class Run
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task<CommandResult> BashAsync(this IHost host, string text, TimeSpan? limit = null, CancellationToken cancellation = default) =>
        host.RunAsync(new Script(text, "try it", limit ?? Limit), cancellation);

    /// <summary>The output of a program that gets the input; fails if the program does.</summary>
    public static async Task<byte[]> ProgramAsync(string program, string[] arguments, byte[] input)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await reading;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }
}
