using System.Diagnostics;

namespace TiupDmNet.Benchmarks;

internal static class Measure
{
    /// <summary>Medians of several contenders, run in turn so that a noisy moment hits all of them.</summary>
    public static async Task<double[]> InterleavedAsync(int rounds, params Func<Task>[] contenders)
    {
        var times = contenders.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < contenders.Length; i++)
            {
                var watch = Stopwatch.StartNew();
                await contenders[i]();
                times[i].Add(watch.Elapsed.TotalSeconds);
            }
        }

        return times.Select(list => list.Order().ElementAt(list.Count / 2)).ToArray();
    }

    /// <summary>Runs a program to its end; its output is dropped.</summary>
    public static async Task RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, bool mustSucceed = true)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        await output;
        if (mustSucceed && process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await error}");
        }
    }

    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Any(directory => File.Exists(Path.Combine(directory, program)));
}
