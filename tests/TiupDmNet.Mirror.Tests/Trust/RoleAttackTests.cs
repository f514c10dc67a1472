using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Trust;

/// <summary>Whose signature counts for what.</summary>
public sealed class RoleAttackTests
{
    private readonly RepositorySimulator _mirror = new();

    [Fact]
    public async Task A_snapshot_key_cannot_sign_a_root_that_calls_itself_a_snapshot()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var forged = _mirror.RootDraft.DeepClone().AsObject();
        forged["_type"] = "snapshot";
        forged["version"] = 2L;
        _mirror.Files["2.root.json"] = Drafts.Sign(forged, [KeyPool.Get("snapshot")]);
        _mirror.SnapshotDraft["meta"]!["/root.json"] = MirrorEdit.Entry(2, 10_000);
        _mirror.PublishSnapshot();

        Assert.Equal("2.root.json of MIRROR cannot be trusted: 0 of the 2 needed signatures by keys of root hold" + MirrorHarness.AnotherMirror, await harness.RefusalAsync());
        Assert.False(Directory.Exists(harness.Home.ManifestsDirectory));
    }

    [Fact]
    public async Task A_document_of_another_type_is_refused_though_the_right_key_signed_it()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.TimestampDraft["_type"] = "snapshot";
        _mirror.PublishTimestamp();

        Assert.Equal("timestamp.json of MIRROR cannot be trusted: it is of type 'snapshot' where 'timestamp' belongs", await harness.RefusalAsync());
    }

    [Theory]
    [InlineData("timestamp", "timestamp.json of MIRROR cannot be trusted: 0 of the 1 needed signatures by keys of timestamp hold" + MirrorHarness.AnotherMirror)]
    [InlineData("snapshot", "snapshot.json of MIRROR cannot be trusted: 0 of the 1 needed signatures by keys of snapshot hold")]
    [InlineData("index", "2.index.json of MIRROR cannot be trusted: 0 of the 1 needed signatures by keys of index hold")]
    [InlineData("dm-worker", "2.dm-worker.json of MIRROR cannot be trusted: 0 of the 1 needed signatures by keys of pingcap hold")]
    public async Task A_key_of_one_role_cannot_sign_for_another(string role, string refusal)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.Signers[role] = [KeyPool.Get(role == "index" ? "snapshot" : "index")];
        _mirror.Publish();

        Assert.Equal(refusal, await harness.RefusalAsync(() => harness.GetComponentAsync("dm-worker")));
    }

    [Theory]
    [InlineData("root")]
    [InlineData("snapshot")]
    [InlineData("timestamp")]
    [InlineData("index")]
    public async Task An_owner_with_the_name_of_a_role_is_only_an_owner(string role)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.IndexDraft["owners"]![role] = Drafts.Owner("Mallory", RepositorySimulator.Stranger.Public);
        _mirror.Publish();
        await harness.RefreshAsync();

        // With the index cached, and the owner's key in it, the role's own keys still are the only ones.
        _mirror.Publish();
        await harness.RefreshAsync();
        _mirror.Signers[role] = [RepositorySimulator.Stranger];
        _mirror.NextRoot();
        _mirror.PublishRoot();
        _mirror.Publish();
        Assert.Contains($"needed signatures by keys of {role} hold", await harness.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_root_needs_the_threshold_of_the_root_before_it()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var root = _mirror.NextRoot();
        root["roles"]!["root"] = Role(1, RepositorySimulator.Stranger);
        _mirror.Signers["root"] = [RepositorySimulator.Stranger, KeyPool.Get("root-1")];
        _mirror.PublishRoot();
        _mirror.Publish();

        Assert.Equal("2.root.json of MIRROR cannot be trusted: 1 of the 2 needed signatures by keys of root hold", await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_root_needs_its_own_threshold()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.NextRoot()["roles"]!["root"] = Role(2, KeyPool.Get("root-1"), RepositorySimulator.Stranger);
        _mirror.Signers["root"] = [KeyPool.Get("root-1"), KeyPool.Get("root-2")];
        _mirror.PublishRoot();
        _mirror.Publish();

        Assert.Equal("2.root.json of MIRROR cannot be trusted: 1 of the 2 needed signatures by keys of root hold", await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_root_may_not_be_skipped()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.NextRoot();
        _mirror.NextRoot();
        _mirror.PublishRoot();
        _mirror.Files["2.root.json"] = _mirror.Files["3.root.json"];
        _mirror.Publish();

        Assert.Equal("2.root.json of MIRROR cannot be trusted: it is version 3 of the root where 2 must follow", await harness.RefusalAsync());
    }

    [Theory]
    [InlineData("root")]
    [InlineData("timestamp")]
    public async Task A_threshold_of_zero_is_no_threshold(string role)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.NextRoot()["roles"]![role]!["threshold"] = 0;
        _mirror.PublishRoot();
        _mirror.Publish();

        Assert.Equal($"2.root.json of MIRROR cannot be trusted: the threshold of role {role} is 0, which lets anything pass", await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_threshold_of_zero_is_none_for_an_owner_either()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.IndexDraft["owners"]!["pingcap"]!["threshold"] = 0;
        _mirror.Publish();

        Assert.Equal("2.index.json of MIRROR cannot be trusted: the threshold of owner pingcap is 0, which lets anything pass", await harness.RefusalAsync());
    }

    [Fact]
    public async Task One_key_under_two_ids_does_not_count_twice()
    {
        // The same key, once with and once without the line feed at the end of its PEM: both ids are honestly computed.
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var key = KeyPool.Get("owner").Public;
        var bare = key.Pem.TrimEnd('\n');
        var keys = _mirror.IndexDraft["owners"]!["pingcap"]!["keys"]!;
        keys[PublicKey.IdOf(bare)] = PublicKey.Json("public", bare);
        _mirror.IndexDraft["owners"]!["pingcap"]!["threshold"] = 2;
        _mirror.Publish();

        Assert.Equal("2.index.json of MIRROR cannot be trusted: owner pingcap needs 2 signatures and has only 1 different keys", await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_key_must_stand_under_its_own_id()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var (key, other) = (KeyPool.Get("owner").Public, RepositorySimulator.Stranger.Public);
        _mirror.IndexDraft["owners"]!["pingcap"]!["keys"]![other.Id] = key.ToJson();
        _mirror.Publish();

        Assert.Equal(
            $"2.index.json of MIRROR cannot be trusted: key {other.Id[..16]} of owner pingcap stands under an id that is not its own ({key.Id[..16]})", await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_key_cannot_sign_twice()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.Signers["snapshot"] = [KeyPool.Get("snapshot"), KeyPool.Get("snapshot")];
        _mirror.PublishSnapshot();

        Assert.Equal("snapshot.json of MIRROR cannot be trusted: one key has signed it twice", await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_signature_by_an_unknown_key_changes_nothing()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.Signers["index"] = [RepositorySimulator.Stranger, KeyPool.Get("index")];
        _mirror.Publish();

        await harness.RefreshAsync();
    }

    [Fact]
    public async Task A_broken_signature_is_not_missed_where_enough_others_hold()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.NextRoot();
        _mirror.PublishRoot();
        var root = JsonNode.Parse(_mirror.Files["2.root.json"])!;
        root["signatures"]![0]!["sig"] = root["signatures"]![1]!["sig"]!.DeepClone();
        _mirror.Files["2.root.json"] = TiupDmNet.Mirror.Manifests.CanonicalJson.Write(root);
        _mirror.Publish();

        Assert.Equal(2, (await harness.RefreshAsync()).Roles[0].Version);
    }

    [Fact]
    public async Task A_component_belongs_to_its_owner_alone()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.IndexDraft["owners"]!["other"] = Drafts.Owner("Other", RepositorySimulator.Stranger.Public);
        _mirror.Signers["dm-worker"] = [RepositorySimulator.Stranger];
        _mirror.Publish();

        Assert.Equal(
            "2.dm-worker.json of MIRROR cannot be trusted: 0 of the 1 needed signatures by keys of pingcap hold", await harness.RefusalAsync(() => harness.GetComponentAsync("dm-worker")));
    }

    private static JsonObject Role(int threshold, params PrivateKey[] keys) => new()
    {
        ["url"] = "/root.json",
        ["keys"] = new JsonObject(keys.Select(key => KeyValuePair.Create(key.Id, (JsonNode?)key.Public.ToJson()))),
        ["threshold"] = threshold,
    };
}
