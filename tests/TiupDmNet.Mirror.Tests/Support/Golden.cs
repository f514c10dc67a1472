using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests.Support;

/// <summary>The mirror that TiUP's own code has written, with its keys.</summary>
internal static class Golden
{
    public static string Mirror { get; } = Path.Combine(Repository.Root, "mirror-fixtures", "golden-tiup");

    public static string Keys { get; } = Path.Combine(Repository.Root, "mirror-fixtures", "golden-tiup-keys");

    public static IEnumerable<string> Manifests => Directory.EnumerateFiles(Mirror, "*.json").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    public static string File(string name) => Path.Combine(Mirror, name);

    public static byte[] Read(string name) => System.IO.File.ReadAllBytes(File(name));
}
