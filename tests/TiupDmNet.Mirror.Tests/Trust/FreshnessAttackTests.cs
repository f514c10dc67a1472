using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Trust;

/// <summary>Going back in time, and standing still in it.</summary>
public sealed class FreshnessAttackTests
{
    private readonly RepositorySimulator _mirror = new();

    [Fact]
    public async Task A_timestamp_does_not_go_back()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var old = _mirror.Files["timestamp.json"];
        _mirror.PublishTimestamp();
        await harness.RefreshAsync();
        _mirror.Files["timestamp.json"] = old;

        Assert.Equal(
            "timestamp.json of MIRROR cannot be trusted: it went back to version 1 after 2 was seen here; if the mirror was rebuilt on purpose, trust it anew with `mirror set MIRROR --reset`",
            await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_timestamp_does_not_go_back_after_the_last_one_expired_and_the_cache_was_lost()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.PublishTimestamp();
        await harness.RefreshAsync();
        Directory.Delete(harness.Home.ManifestsDirectory, recursive: true);
        harness.Time.Now += TimeSpan.FromDays(31);
        _mirror.SnapshotDraft["expires"] = Rfc3339.Format(harness.Time.Now.AddDays(30));
        _mirror.TimestampDraft["expires"] = Rfc3339.Format(harness.Time.Now.AddDays(30));
        _mirror.TimestampDraft["version"] = 0L;
        _mirror.PublishSnapshot();

        Assert.StartsWith("timestamp.json of MIRROR cannot be trusted: it went back to version 1 after 2 was seen here;", await harness.RefusalAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/index.json")]
    [InlineData("/dm-worker.json")]
    public async Task An_entry_of_a_new_snapshot_does_not_go_back(string url)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.Publish();
        await harness.RefreshAsync();
        _mirror.SnapshotDraft["meta"]![url]!["version"] = 1;
        _mirror.PublishSnapshot();

        Assert.StartsWith($"snapshot.json of MIRROR cannot be trusted: {url} went back to version 1 after 2 was seen here;", await harness.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_component_that_vanished_does_not_come_back_older()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.Publish();
        await harness.RefreshAsync();
        var meta = _mirror.SnapshotDraft["meta"]!.AsObject();
        meta.Remove("/dm-worker.json");
        _mirror.PublishSnapshot();
        await harness.RefreshAsync();
        meta["/dm-worker.json"] = MirrorEdit.Entry(1, 10_000);
        _mirror.PublishSnapshot();

        Assert.Contains("/dm-worker.json went back to version 1 after 2 was seen here", await harness.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_root_that_was_seen_cannot_be_held_back()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.NextRoot();
        _mirror.PublishRoot();
        _mirror.Publish();
        await harness.RefreshAsync();
        Directory.Delete(harness.Home.ManifestsDirectory, recursive: true);
        _mirror.Files.Remove("2.root.json", out _);

        Assert.StartsWith("bin/root.json of MIRROR cannot be trusted: the mirror serves no root after version 1, and 2 was seen here;",
            (await harness.RefusalAsync()).Replace(harness.Home.Root + "/", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_index_under_a_new_name_is_refused()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.Publish();
        _mirror.Files["2.index.json"] = _mirror.Files["1.index.json"];

        Assert.Equal("2.index.json of MIRROR cannot be trusted: it says that it is version 1, and the snapshot promises 2", await harness.RefusalAsync());
    }

    [Fact]
    public async Task An_older_component_under_a_new_name_is_refused()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.Publish();
        _mirror.Files["2.dm-worker.json"] = _mirror.Files["1.dm-worker.json"];

        Assert.Equal(
            "2.dm-worker.json of MIRROR cannot be trusted: it says that it is version 1, and the snapshot promises 2", await harness.RefusalAsync(() => harness.GetComponentAsync("dm-worker")));
    }

    [Theory]
    [InlineData("timestamp", "timestamp.json")]
    [InlineData("snapshot", "snapshot.json")]
    [InlineData("index", "2.index.json")]
    [InlineData("component", "2.dm-worker.json")]
    [InlineData("root", "2.root.json")]
    public async Task What_has_expired_is_named_with_both_dates(string role, string document)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        harness.Time.Now += TimeSpan.FromHours(1);
        var draft = role switch
        {
            "timestamp" => _mirror.TimestampDraft,
            "snapshot" => _mirror.SnapshotDraft,
            "index" => _mirror.IndexDraft,
            "component" => _mirror.ComponentDrafts["dm-worker"],
            _ => _mirror.NextRoot(),
        };
        draft["expires"] = "2026-11-22T20:30:00+08:00";
        if (role == "root")
        {
            _mirror.PublishRoot();
        }

        _mirror.Publish();

        Assert.Equal(
            $"{document} of MIRROR has expired: it was good until 2026-11-22T12:30:00Z, and the clock of this machine says 2026-11-22T13:00:00Z; if the clock is right, whoever keeps the mirror must renew it",
            await harness.RefusalAsync(() => harness.GetComponentAsync("dm-worker")));
    }

    [Fact]
    public async Task A_root_in_between_may_have_expired()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var root = _mirror.NextRoot();
        var expires = root["expires"]!.DeepClone();
        root["expires"] = "2020-01-01T00:00:00Z";
        _mirror.PublishRoot();
        _mirror.NextRoot()["expires"] = expires;
        _mirror.PublishRoot();
        _mirror.Publish();

        Assert.Equal(3, (await harness.RefreshAsync()).Roles[0].Version);
    }

    [Fact]
    public async Task An_expired_first_root_is_followed_to_one_that_is_not()
    {
        _mirror.RootDraft["expires"] = "2026-12-01T00:00:00Z";
        _mirror.Files.Clear();
        _mirror.AddVersion("dm-worker", "v8.5.0");
        _mirror.PublishRoot();
        _mirror.Publish();
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        harness.Time.Now = new DateTimeOffset(2026, 12, 2, 0, 0, 0, TimeSpan.Zero);
        _mirror.NextRoot()["expires"] = "2027-01-01T00:00:00Z";
        _mirror.PublishRoot();

        // The snapshot has not heard of the new root yet.
        Assert.Equal(2, (await harness.RefreshAsync()).Roles[0].Version);
    }

    [Fact]
    public async Task A_snapshot_may_not_promise_a_root_that_is_not_there()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.SnapshotDraft["meta"]!["/root.json"]!["version"] = 4;
        _mirror.PublishSnapshot();

        Assert.Equal("snapshot.json of MIRROR cannot be trusted: it promises version 4 of the root, and the mirror serves none after 1", await harness.RefusalAsync());
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    public async Task The_walk_of_the_roots_ends_where_the_server_says_that_there_are_no_more(int status)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        harness.Server.Faults = request => request.Path == "3.root.json" ? new Answer { Status = status } : null;
        _mirror.NextRoot();
        _mirror.PublishRoot();
        _mirror.SnapshotDraft["meta"]!["/root.json"] = MirrorEdit.Entry(1, 0);
        _mirror.RootDraft["roles"]!["timestamp"]!["threshold"] = 1;
        _mirror.Signers["timestamp"] = [RepositorySimulator.Stranger];
        _mirror.Publish();

        Assert.Contains("timestamp.json", await harness.RefusalAsync(), StringComparison.Ordinal);
        Assert.Equal(["timestamp.json", "2.root.json", "3.root.json"], harness.Server.Paths);
    }

    [Fact]
    public async Task A_new_snapshot_key_alone_does_not_lock_anybody_out()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        await harness.RefreshAsync();
        _mirror.NextRoot()["roles"]!["snapshot"]!["keys"] = new System.Text.Json.Nodes.JsonObject { [RepositorySimulator.Stranger.Id] = RepositorySimulator.Stranger.Public.ToJson() };
        _mirror.PublishRoot();
        _mirror.Signers["snapshot"] = [RepositorySimulator.Stranger];
        _mirror.Publish();

        Assert.Equal(RepositorySimulator.Stranger.Id, Assert.Single((await harness.RefreshAsync()).Roles[2].KeyIds));
    }

    [Fact]
    public async Task A_timestamp_under_replaced_keys_is_not_believed_after_the_new_root()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        await harness.RefreshAsync();
        _mirror.NextRoot()["roles"]!["timestamp"]!["keys"] = new System.Text.Json.Nodes.JsonObject { [RepositorySimulator.Stranger.Id] = RepositorySimulator.Stranger.Public.ToJson() };
        _mirror.PublishRoot();
        _mirror.Publish();

        Assert.Equal("timestamp.json of MIRROR cannot be trusted: 0 of the 1 needed signatures by keys of timestamp hold" + MirrorHarness.AnotherMirror, await harness.RefusalAsync());
    }

    [Fact]
    public async Task Looking_at_a_mirror_shows_what_has_expired_without_refusing_it()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        harness.Time.Now += TimeSpan.FromDays(31);
        using var client = harness.Client();

        var mirror = await client.InspectAsync();

        Assert.Equal(
            ["timestamp.json of MIRROR was good until 2026-12-22T12:00:00Z", "snapshot.json of MIRROR was good until 2026-12-22T12:00:00Z"],
            mirror.Expired.Select(text => text.Replace(harness.Server.Address, "MIRROR", StringComparison.Ordinal)));
        Assert.False(Directory.Exists(harness.Home.ManifestsDirectory));
    }
}
