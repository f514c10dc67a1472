using System.Text;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Trust;

/// <summary>Documents that are signed by whom they should be, and are not what they should be.</summary>
public sealed class ContentAttackTests
{
    private readonly RepositorySimulator _mirror = new();

    [Fact]
    public async Task A_manifest_of_another_component_of_the_same_owner_is_refused()
    {
        _mirror.AddComponent("dm-master", "v8.5.0");
        _mirror.Publish();
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.ComponentDrafts["dm-worker"]["id"] = "dm-master";
        _mirror.Publish();

        Assert.Equal(
            "3.dm-worker.json of MIRROR cannot be trusted: it is the manifest of component 'dm-master', not of dm-worker", await harness.RefusalAsync(() => harness.GetComponentAsync("dm-worker")));
    }

    [Fact]
    public async Task A_snapshot_that_the_timestamp_does_not_mean_is_refused()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var old = _mirror.Files["snapshot.json"];
        _mirror.Publish();
        _mirror.Files["snapshot.json"] = old;

        Assert.Matches("^snapshot.json of MIRROR cannot be trusted: its SHA-256 is [0-9a-f]{64} and should be [0-9a-f]{64}, says the timestamp$", await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_mirror_that_changes_while_it_is_read_is_read_again()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var changed = 0;
        harness.Server.Faults = request =>
        {
            if (request.Path == "snapshot.json" && changed++ == 0)
            {
                _mirror.Publish();
            }

            return null;
        };

        await harness.RefreshAsync();

        Assert.Equal(["timestamp.json", "snapshot.json", "timestamp.json", "snapshot.json", "2.index.json"], harness.Server.Paths);
    }

    [Fact]
    public async Task A_file_that_a_lagging_copy_does_not_have_yet_is_asked_for_again()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var asked = 0;
        harness.Server.Faults = request => request.Path == "1.index.json" && asked++ == 0 ? new Answer { Status = 404 } : null;

        await harness.RefreshAsync();

        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData("/../../evil.tar.gz")]
    [InlineData("/..")]
    [InlineData("/sub/evil.tar.gz")]
    [InlineData("http://evil/x.tar.gz")]
    [InlineData("/evil.tar.gz?x")]
    [InlineData("/.ssh")]
    [InlineData("")]
    public async Task A_package_may_not_be_anywhere_but_in_the_mirrors_directory(string url)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.AddVersion("dm-worker", "v8.5.1")["url"] = url;
        _mirror.Publish();

        Assert.Equal(
            $"2.dm-worker.json of MIRROR cannot be trusted: the url of v8.5.1 on linux/amd64 is '{url}', which is no file of the mirror", await harness.RefusalAsync(() => harness.GetComponentAsync("dm-worker")));
    }

    [Fact]
    public async Task A_version_may_not_be_a_path()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.AddVersion("dm-worker", "../../v8.5.1")["url"] = "/x.tar.gz";
        _mirror.Publish();

        Assert.Equal(
            "2.dm-worker.json of MIRROR cannot be trusted: '../../v8.5.1' is not a version; versions look like v8.5.0 or nightly", await harness.RefusalAsync(() => harness.GetComponentAsync("dm-worker")));
    }

    [Theory]
    [InlineData("root")]
    [InlineData("2.root")]
    [InlineData("timestamp")]
    [InlineData("../evil")]
    public async Task A_component_may_not_take_the_place_of_another_file_in_the_cache(string id)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.IndexDraft["components"]![id] = Drafts.IndexItem(id, "pingcap");
        _mirror.SnapshotDraft["meta"]![$"/{id}.json"] = MirrorEdit.Entry(1, 1);
        _mirror.Publish();

        Assert.Equal(
            $"2.index.json of MIRROR cannot be trusted: component '{id}' with the url '/{id}.json' would be stored over another file", await harness.RefusalAsync(() => harness.GetComponentAsync(id)));
    }

    [Fact]
    public async Task A_component_without_an_owner_is_refused()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.IndexDraft["components"]!["dm-worker"]!["owner"] = "nobody";
        _mirror.Publish();

        Assert.Equal("2.index.json of MIRROR cannot be trusted: component dm-worker has the owner 'nobody', whom it does not know", await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_component_that_the_snapshot_does_not_have_is_refused()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.SnapshotDraft["meta"]!.AsObject().Remove("/dm-worker.json");
        _mirror.PublishSnapshot();

        Assert.Equal("snapshot.json of MIRROR cannot be trusted: it has no entry for /dm-worker.json", await harness.RefusalAsync(() => harness.GetComponentAsync("dm-worker")));
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html>log in here</html>", "it is not JSON (it begins with '<!DOCTYPE html><html>log')")]
    [InlineData("", "it is not JSON (it is empty)")]
    [InlineData("null", "it is no signed manifest (it begins with 'null')")]
    [InlineData("{}", "it is no signed manifest (it begins with '{}')")]
    [InlineData("""{"signatures":null,"signed":{}}""", """it is no signed manifest (it begins with '{"signatures":null,"sign')""")]
    [InlineData("""{"signatures":[],"signed":{}}""", "0 of the 1 needed signatures by keys of timestamp hold" + MirrorHarness.AnotherMirror)]
    [InlineData("""{"signatures":[1],"signed":{}}""", "an entry of its signatures is no JSON object")]
    [InlineData("""{"signatures":[{"keyid":7}],"signed":{}}""", "'keyid' is not of the JSON type String")]
    [InlineData("""{"signatures":[],"signed":{},"signed":{"_type":"timestamp"}}""", "it is not JSON (it begins with '{\"signatures\":[],\"signed')")]
    public async Task Anything_else_than_a_manifest_is_refused_in_peace(string body, string why)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.Files["timestamp.json"] = Encoding.UTF8.GetBytes(body);

        Assert.Equal($"timestamp.json of MIRROR cannot be trusted: {why}", await harness.RefusalAsync());
    }

    [Theory]
    [InlineData("version", "\"1\"", "'version' is not of the JSON type Number")]
    [InlineData("version", "-1", "'version' is -1, and must be a whole number from 0 on")]
    [InlineData("version", "1.5", "'version' is 1.5E0, and must be a whole number from 0 on")]
    [InlineData("expires", "\"tomorrow\"", "'expires' is 'tomorrow', which is no RFC 3339 time")]
    [InlineData("spec_version", "\"0.2.0\"", "its format is version '0.2.0', and this tool knows 0.1.0 only")]
    [InlineData("meta", "{}", "its 'meta' must name /snapshot.json and nothing else")]
    [InlineData("meta", """{"/snapshot.json":{"length":1}}""", "it has no SHA-256 for /snapshot.json")]
    [InlineData("meta", """{"/snapshot.json":{},"/other.json":{}}""", "its 'meta' must name /snapshot.json and nothing else")]
    [InlineData("_type", "7", "'_type' is not of the JSON type String")]
    public async Task A_timestamp_with_a_field_that_cannot_be_is_refused(string field, string value, string why)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.TimestampDraft[field] = JsonNode.Parse(value);
        _mirror.SignTimestamp();

        Assert.Equal($"timestamp.json of MIRROR cannot be trusted: {why}", await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_root_without_a_role_is_refused()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.NextRoot()["roles"]!.AsObject().Remove("index");
        _mirror.PublishRoot();
        _mirror.Publish();

        Assert.Equal("2.root.json of MIRROR cannot be trusted: it names no keys for role index", await harness.RefusalAsync());
    }

    [Fact]
    public async Task A_root_that_sends_for_the_index_elsewhere_is_refused()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.NextRoot()["roles"]!["index"]!["url"] = "/../index.json";
        _mirror.PublishRoot();
        _mirror.Publish();

        Assert.Equal("2.root.json of MIRROR cannot be trusted: the url of the index is '/../index.json', which is no file of the mirror", await harness.RefusalAsync());
    }

    /// <summary>What the public mirror and old tools write.</summary>
    [Fact]
    public async Task Takes_what_TiUP_takes()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.TimestampDraft["expires"] = "2026-12-22T20:00:00.123456789+08:00";
        _mirror.SnapshotDraft["unknown"] = new JsonObject { ["more"] = 1 };
        _mirror.IndexDraft["default_components"] = null;
        _mirror.IndexDraft["components"]!["dm-worker"]!["threshold"] = 1;
        var component = _mirror.ComponentDrafts["dm-worker"];
        component["name"] = "DM worker";
        component.Remove("nightly");
        _mirror.AddVersion("dm-worker", "v3.0")["hashes"]!.AsObject().Remove("sha512");
        _mirror.AddVersion("dm-worker", "master").Remove("dependencies");
        _mirror.AddVersion("dm-worker", "v7.0.0")["entry"] = "";
        _mirror.Publish();
        var meta = _mirror.SnapshotDraft["meta"]!;
        meta["/index.json"]!["length"] = 1_048_576;
        meta["/dm-worker.json"]!["length"] = 0;
        _mirror.PublishSnapshot();
        _mirror.TimestampDraft["meta"]!["/snapshot.json"]!["length"] = 1_048_576;
        _mirror.SignTimestamp();

        var manifest = await harness.GetComponentAsync("dm-worker");

        Assert.Equal(["v8.5.0", "v3.0", "master"], manifest.On(Platform.Parse("linux/amd64")).Select(item => item.Version.Text));
        Assert.Null(manifest.Nightly);
    }

    [Fact]
    public async Task A_withdrawn_component_is_not_offered_and_can_still_be_looked_at()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.IndexDraft["components"]!["dm-worker"]!["yanked"] = true;
        _mirror.Publish();
        using var client = harness.Client();

        Assert.Equal("component dm-worker was withdrawn from MIRROR", await harness.RefusalAsync(() => client.ResolveAsync("dm-worker", null, Platform.Parse("linux/amd64"))));
        Assert.Equal("dm-worker", (await client.GetComponentAsync("dm-worker")).Id);
    }
}
