using DmDouble;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Lab.Tests;

/// <summary>The gaps that a test measured, for people: in the output of the test, and in artifacts/lab/gaps.txt, as the test platform hides the output of what passed.</summary>
internal static class GapLog
{
    public static void Write(string what, GapReport gaps)
    {
        var text = $"{what}:\n{gaps}";
        TestContext.Current.TestOutputHelper!.WriteLine(text);
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "lab")).FullName, "gaps.txt"), text + "\n");
    }
}
