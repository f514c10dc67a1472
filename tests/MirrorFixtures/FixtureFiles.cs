using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.MirrorFixtures;

/// <summary>What is committed under mirror-fixtures, made from the fixtures and the committed keys.</summary>
public static class FixtureFiles
{
    /// <summary>One JSON document, one line for each fixture.</summary>
    public const string List = "fixtures.json";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The directories that hold nothing but fixtures.</summary>
    public static IReadOnlyList<string> Directories { get; } = ["good", "hostile"];

    private static IReadOnlyList<Fixture> All { get; } =
        [.. GoodFixtures.All, .. HostileRoots.All, .. HostileSets.All, .. HostileContents.All];

    /// <summary>Every file by its path under mirror-fixtures; the same bytes each time.</summary>
    public static IReadOnlyDictionary<string, byte[]> Make()
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var fixture in All)
        {
            foreach (var (name, bytes) in fixture.Build().Files)
            {
                files.Add($"{fixture.Name}/{name}", bytes);
            }
        }

        var lines = string.Join(",\n", All.Select(fixture => fixture.ToJson().ToJsonString(Readable)));
        files.Add(List, Encoding.UTF8.GetBytes($"[\n{lines}\n]\n"));
        return files;
    }

    /// <summary>Makes the keys that are not there.</summary>
    public static void MakeKeys()
    {
        foreach (var file in ((string[])["root-1", "root-2", "root-3", "index", "snapshot", "timestamp", "owner", "stranger"]).Select(KeyPool.FileOf).Where(file => !File.Exists(file)))
        {
            using var key = PrivateKey.Generate();
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, key.ToFile());
        }
    }
}
