using System.Text;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Trust;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests;

/// <summary>Real documents of the public mirror. They are not part of the repository.</summary>
public sealed class PingcapTests
{
    private static string Directory => Repository.SharedGolden is { } golden ? Path.Combine(golden, "pingcap") : "";

    [Theory]
    [InlineData("root.v1.json", 1)]
    [InlineData("root.v4.json", 4)]
    [InlineData("root.v6.json", 6)]
    public void Takes_the_roots_of_the_public_mirror(string name, long version)
    {
        var root = TrustedSet.ReadSelfSigned(Read(name));

        Assert.Equal((version, 3), (root.Version, root.Role("root").Threshold));
        Assert.Equal(root.Role("root").Keys.Count, root.Role("root").CountSignatures(root.Document));
    }

    [Fact]
    public void Takes_what_an_old_tool_has_written()
    {
        var set = new TrustedSet(Bytes("old-mirror/1.root.json"), "old", "1.root.json", SeenVersions.None, new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero), Expiry.Noted);
        set.AcceptTimestamp(Bytes("old-mirror/timestamp.json"));
        set.AcceptSnapshot(Bytes("old-mirror/snapshot.json"));

        Assert.Equal(1048576, set.Timestamp!.SnapshotLength);
        Assert.Equal(24, set.Snapshot!.Entries.Count);
    }

    [Fact]
    public void Refuses_the_owner_without_a_threshold_of_the_old_mirror()
    {
        var set = new TrustedSet(Bytes("old-mirror/1.root.json"), "old", "1.root.json", SeenVersions.None, new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero), Expiry.Noted);
        set.AcceptTimestamp(Bytes("old-mirror/timestamp.json"));
        set.AcceptSnapshot(Bytes("old-mirror/snapshot.json"));

        var error = Assert.Throws<UntrustedException>(() => set.AcceptIndex(Bytes("old-mirror/1.index.json")));
        Assert.Equal("1.index.json of old cannot be trusted: the threshold of owner pingcap is 0, which lets anything pass", error.Message);
    }

    [Fact]
    public void Writes_its_manifests_in_the_same_canonical_form()
    {
        Assert.SkipWhen(Directory.Length == 0, "golden/pingcap is not beside this checkout");
        foreach (var file in System.IO.Directory.GetFiles(Path.Combine(Directory, "old-mirror")))
        {
            var text = File.ReadAllText(file);
            Assert.Equal(text.TrimEnd('\n'), Encoding.UTF8.GetString(CanonicalJson.Write(JsonNode.Parse(text))));
        }
    }

    private static byte[] Bytes(string name)
    {
        Assert.SkipWhen(Directory.Length == 0, "golden/pingcap is not beside this checkout");
        return File.ReadAllBytes(Path.Combine(Directory, name));
    }

    private static SignedDocument Read(string name) => SignedDocument.Parse(new Origin(name, "pingcap"), Bytes(name));
}
