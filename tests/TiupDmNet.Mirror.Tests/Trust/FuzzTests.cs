using System.Text;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;
using TiupDmNet.Mirror.Trust;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests.Trust;

/// <summary>Documents broken at random: whatever comes, a client says what is wrong with it or believes what was signed. The seeds are fixed.</summary>
public sealed class FuzzTests
{
    private const int Tries = 150;

    private static readonly string[] Documents = ["2.root.json", "timestamp.json", "snapshot.json", "2.index.json", "2.dm-worker.json"];

    private readonly RepositorySimulator _mirror = new(packageLines: 40);
    private TrustedSet? _set;

    public FuzzTests()
    {
        _mirror.NextRoot();
        _mirror.PublishRoot();
        _mirror.Publish();
    }

    public static TheoryData<string> Names => [.. Documents];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_document_that_was_broken_after_it_was_signed_is_refused_or_still_says_the_same(string name)
    {
        var mutation = new Mutation(1);
        var original = _mirror.Files[name];
        var signed = SignedDocument.Parse(new Origin(name, "mirror"), original).SignedBytes;
        for (var i = 0; i < Tries; i++)
        {
            var broken = i % 2 == 0 ? mutation.Bytes(original) : mutation.Json(original);
            if (TryAccept(name, broken, out var believed))
            {
                Assert.True(signed.Span.SequenceEqual(believed.Span), $"try {i}: {Encoding.UTF8.GetString(broken)}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_document_that_was_broken_before_it_was_signed_is_refused_or_taken_in_peace(string name)
    {
        var mutation = new Mutation(2);
        var payload = SignedDocument.Parse(new Origin(name, "mirror"), _mirror.Files[name]).SignedBytes.ToArray();
        var refused = 0;
        for (var i = 0; i < Tries; i++)
        {
            var broken = mutation.Json(payload);
            refused += TryAccept(name, Sign(broken, RepositorySimulator.RoleKeys(name.Replace("2.", "", StringComparison.Ordinal)[..^5])), out _) ? 0 : 1;
        }

        Assert.InRange(refused, Tries / 4, Tries);
    }

    [Fact]
    public async Task A_client_ends_with_a_sentence_whatever_file_of_a_mirror_is_broken()
    {
        using var directory = new TempDirectory();
        var mutation = new Mutation(3);
        var names = _mirror.Files.Keys.Order(StringComparer.Ordinal).ToList();
        for (var i = 0; i < Tries / 5; i++)
        {
            var mirror = Write(directory[$"mirror-{i}"]);
            var broken = Path.Combine(mirror, names[i % names.Count]);
            await File.WriteAllBytesAsync(broken, mutation.Bytes(await File.ReadAllBytesAsync(broken)));

            await ReadAsync(mirror, directory[$"home-{i}"], set: true);
        }
    }

    [Fact]
    public async Task A_client_heals_or_names_whatever_file_of_its_profile_is_broken()
    {
        using var directory = new TempDirectory();
        var mutation = new Mutation(4);
        var mirror = Write(directory["mirror"]);
        for (var i = 0; i < Tries / 5; i++)
        {
            var home = directory[$"home-{i}"];
            Assert.True(await ReadAsync(mirror, home, set: true));
            var files = Directory.EnumerateFiles(home, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
            var original = await File.ReadAllBytesAsync(files[i % files.Count]);
            await File.WriteAllBytesAsync(files[i % files.Count], i % 2 == 0 ? mutation.Bytes(original) : mutation.Json(original));

            await ReadAsync(mirror, home, set: false);
        }
    }

    /// <returns>False if the client has refused.</returns>
    private static async Task<bool> ReadAsync(string mirror, string home, bool set)
    {
        var settings = new MirrorSettings { Home = MirrorHarness.HomeAt(home), Attempts = 1 };
        var time = new FixedTime(RepositorySimulator.Start);
        try
        {
            if (set)
            {
                await new MirrorProfile(settings, time).SetAsync(mirror);
            }

            using var client = new MirrorClient(settings, time);
            await client.DownloadAsync("dm-worker", "v8.5.0", Platform.Parse("linux/amd64"), Path.Combine(home, "package"));
            return true;
        }
        catch (MirrorException)
        {
            return false;
        }
    }

    private string Write(string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var (name, bytes) in _mirror.Files)
        {
            File.WriteAllBytes(Path.Combine(directory, name), bytes);
        }

        return directory;
    }

    /// <summary>The document in its place, and those that follow it; those before it stay accepted from one try to the next.</summary>
    private bool TryAccept(string name, byte[] bytes, out ReadOnlyMemory<byte> believed)
    {
        var first = Array.IndexOf(Documents, name == "snapshot.json" ? "timestamp.json" : name);
        var set = _set is null || first == 0 ? _set = new TrustedSet(_mirror.Root, "mirror", "root.json", SeenVersions.None, RepositorySimulator.Start) : _set;
        Action<byte[]>[] accept =
        [
            root =>
            {
                set.AcceptRoot(root);
                set.FinishRoots();
            },
            timestamp => set.AcceptTimestamp(timestamp),
            snapshot => set.AcceptSnapshot(snapshot),
            index => set.AcceptIndex(index),
            component => set.AcceptComponent("dm-worker", component),
        ];
        for (var i = set.Root.Version == 1 ? 0 : first; i < first; i++)
        {
            accept[i](_mirror.Files[Documents[i]]);
        }

        believed = default;
        try
        {
            for (var i = first; i < accept.Length; i++)
            {
                accept[i](Given(Documents[i]));
            }

            believed = SignedDocument.Parse(new Origin(name, "mirror"), bytes).SignedBytes;
            return true;
        }
        catch (MirrorException)
        {
            return false;
        }

        byte[] Given(string document) => document == name ? bytes : document == "timestamp.json" && name == "snapshot.json" ? TimestampFor(bytes) : _mirror.Files[document];
    }

    /// <summary>With the hashes of a broken snapshot in the timestamp, it is the snapshot itself that is looked at.</summary>
    private byte[] TimestampFor(byte[] snapshot)
    {
        var draft = _mirror.TimestampDraft.DeepClone().AsObject();
        draft["meta"] = Drafts.SnapshotMeta(snapshot);
        return Drafts.Sign(draft, RepositorySimulator.RoleKeys("timestamp"));
    }

    /// <summary>Over the very bytes, however they are written.</summary>
    private static byte[] Sign(byte[] payload, IEnumerable<PrivateKey> keys) =>
        [.. "{\"signatures\":["u8, .. Encoding.UTF8.GetBytes(string.Join(',', keys.Select(key => key.Sign(payload).ToJsonString()))), .. "],\"signed\":"u8, .. payload, (byte)'}'];
}
