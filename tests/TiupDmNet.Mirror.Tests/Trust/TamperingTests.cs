using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Tests.Support;
using TiupDmNet.Mirror.Trust;

namespace TiupDmNet.Mirror.Tests.Trust;

/// <summary>
/// Every byte of a document of each kind is changed, one at a time (of a root, every third). Either the document is refused, or what was changed is not part of
/// what is signed (a signature that is not needed, say) and the content that is believed is the signed one.
/// </summary>
public sealed class TamperingTests
{
    private static readonly DateTimeOffset Now = FixedTime.OfGoldenMirror.Now;

    [Fact]
    public void No_changed_byte_of_a_root_is_believed()
    {
        var original = Signed("2.root.json");
        var set = First();
        Tamper("2.root.json", bytes =>
        {
            set.AcceptRoot(bytes);
            var believed = set.Root.Document.SignedBytes;
            set = First();
            return believed;
        }, original, step: 3);
    }

    [Fact]
    public void No_changed_byte_of_a_timestamp_is_believed()
    {
        var set = Rooted();
        Tamper("timestamp.json", bytes =>
        {
            set.AcceptTimestamp(bytes);
            return set.Timestamp!.Document.SignedBytes;
        }, Signed("timestamp.json"));
    }

    [Fact]
    public void No_changed_byte_of_a_snapshot_is_believed()
    {
        var set = Rooted();
        set.AcceptTimestamp(Golden.Read("timestamp.json"));
        Tamper("snapshot.json", bytes =>
        {
            set.AcceptSnapshot(bytes);
            return set.Snapshot!.Document.SignedBytes;
        }, null);
    }

    [Fact]
    public void No_changed_byte_of_an_index_is_believed()
    {
        var set = Rooted();
        set.AcceptTimestamp(Golden.Read("timestamp.json"));
        set.AcceptSnapshot(Golden.Read("snapshot.json"));
        Tamper("5.index.json", bytes =>
        {
            set.AcceptIndex(bytes);
            return set.Index!.Document.SignedBytes;
        }, Signed("5.index.json"));
    }

    [Fact]
    public void No_changed_byte_of_a_component_is_believed()
    {
        var set = Rooted();
        set.AcceptTimestamp(Golden.Read("timestamp.json"));
        set.AcceptSnapshot(Golden.Read("snapshot.json"));
        set.AcceptIndex(Golden.Read("5.index.json"));
        Tamper("14.dm-worker.json", bytes =>
        {
            set.AcceptComponent("dm-worker", bytes);
            return SignedDocument.Parse(new Origin("", ""), bytes).SignedBytes;
        }, Signed("14.dm-worker.json"));
    }

    [Fact]
    public void No_part_of_a_document_is_believed_for_the_whole()
    {
        var set = Rooted();
        var bytes = Golden.Read("timestamp.json");
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<UntrustedException>(() => set.AcceptTimestamp(bytes.AsMemory(0, length)));
        }
    }

    /// <param name="original">Null: nothing may be accepted at all.</param>
    /// <param name="step">More than 1 for a root: with its many keys each try takes a while.</param>
    private static void Tamper(string name, Func<byte[], ReadOnlyMemory<byte>> accept, ReadOnlyMemory<byte>? original, int step = 1)
    {
        var bytes = Golden.Read(name);
        Assert.NotEqual(0, accept(bytes).Length);
        for (var i = 0; i < bytes.Length; i += step)
        {
            var before = bytes[i];
            bytes[i] ^= (byte)(1 << (i % 7));
            try
            {
                var believed = accept([.. bytes]);
                Assert.True(original is { } signed && signed.Span.SequenceEqual(believed.Span), $"byte {i} of {name}");
            }
            catch (UntrustedException)
            {
            }

            bytes[i] = before;
        }
    }

    private static TrustedSet First() => new(Golden.Read("root.json"), "mirror", "root.json", SeenVersions.None, Now);

    private static TrustedSet Rooted()
    {
        var set = First();
        set.AcceptRoot(Golden.Read("2.root.json"));
        set.AcceptRoot(Golden.Read("3.root.json"));
        set.FinishRoots();
        return set;
    }

    private static ReadOnlyMemory<byte> Signed(string name) => SignedDocument.Parse(new Origin(name, ""), Golden.Read(name)).SignedBytes;
}
