using System.Diagnostics;

namespace TiupDmNet.Quickstart;

/// <summary>Says what is done now, and how long it took.</summary>
internal static class Step
{
    public static async Task<T> RunAsync<T>(string what, Func<Task<T>> work)
    {
        Console.WriteLine();
        Console.WriteLine($"── {what}");
        var watch = Stopwatch.StartNew();
        var result = await work();
        Console.WriteLine(FormattableString.Invariant($"   ({watch.Elapsed.TotalSeconds:0.0} s)"));
        return result;
    }

    public static Task RunAsync(string what, Func<Task> work) => RunAsync(what, async () =>
    {
        await work();
        return true;
    });
}
