using TiupDmNet.TestSupport;

namespace TiupDmNet.Benchmarks;

/// <summary>The tool as operators get it: compiled ahead of time.</summary>
internal static class PublishedTool
{
    /// <returns>The program.</returns>
    public static async Task<string> MakeAsync(string directory)
    {
        await Measure.RunAsync("dotnet", ["publish", Path.Combine(Repository.Root, "src", "TiupDmNet.Cli"), "-c", "Release", "-r", "linux-x64", "--self-contained", "false", "-o", directory, "--nologo", "-v", "q"]);
        return Path.Combine(directory, "dotnet-dm-patch");
    }
}
