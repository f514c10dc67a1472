using System.Text;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Clusters.Tests;

/// <summary>meta.yaml files made by TiUP's own code.</summary>
internal static class Fixtures
{
    public static readonly string[] Names = ["full", "ipv6", "minimal", "three-masters"];

    public static TheoryData<string> All => [.. Names];

    public static string Meta(string name) => Read($"{name}.meta.yaml");

    public static string PatchedMeta(string name) => Read($"{name}.patched.meta.yaml");

    public static string Topology(string name) => Read($"{name}.topology.yaml");

    /// <summary>
    /// The same file as TiUP before v1.16.3 wrote it, by yaml.v2: two spaces instead of four, and the dashes of a list under
    /// the key that it belongs to.
    /// </summary>
    public static string AsYamlV2(string metaOfV3)
    {
        var result = new StringBuilder();
        foreach (var line in metaOfV3.TrimEnd('\n').Split('\n'))
        {
            var column = line.Length - line.TrimStart(' ').Length;
            var isItem = line.AsSpan(column).StartsWith("- ");
            result.Append(' ', isItem ? (column / 2) - 2 : column == 10 ? 4 : column / 2).Append(line.AsSpan(column)).Append('\n');
        }

        return result.ToString();
    }

    private static string Read(string file) =>
        File.ReadAllText(Path.Combine(Repository.Root, "tests", "TiupDmNet.Clusters.Tests", "fixtures", "meta", file));
}
