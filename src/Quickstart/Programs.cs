using System.Diagnostics;

namespace TiupDmNet.Quickstart;

/// <summary>A program that the quickstart called failed.</summary>
internal sealed class ProgramFailedException(string message) : Exception(message);

/// <summary>Runs other programs.</summary>
internal sealed class Programs(IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
{
    /// <summary>Shows the command as a user would type it, runs it, and lets its output through.</summary>
    public async Task ShowAsync(string shown, string program, params IReadOnlyList<string> arguments)
    {
        Console.WriteLine($"$ {shown}");
        var code = await RunAsync(program, arguments, Console.WriteLine);
        if (code != 0)
        {
            throw new ProgramFailedException($"`{shown}` ended with exit code {code}");
        }
    }

    /// <summary>Runs a program quietly; its output is shown only if it fails.</summary>
    public async Task QuietAsync(string program, params IReadOnlyList<string> arguments)
    {
        var lines = new List<string>();
        var code = await RunAsync(program, arguments, line =>
        {
            lock (lines)
            {
                lines.Add(line);
            }
        });
        if (code != 0)
        {
            throw new ProgramFailedException($"`{program} {string.Join(' ', arguments)}` ended with exit code {code}:\n{string.Join('\n', lines)}");
        }
    }

    private async Task<int> RunAsync(string program, IEnumerable<string> arguments, Action<string> line)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new ProgramFailedException($"{program} did not start");
        process.StandardInput.Close();
        try
        {
            await Task.WhenAll(PumpAsync(process.StandardOutput, line), PumpAsync(process.StandardError, line), process.WaitForExitAsync(cancellation));
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private async Task PumpAsync(TextReader reader, Action<string> line)
    {
        while (await reader.ReadLineAsync(cancellation) is { } text)
        {
            line(text);
        }
    }
}
