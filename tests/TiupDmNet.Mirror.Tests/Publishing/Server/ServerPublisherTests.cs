using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Publishing.Server;

/// <summary>Publishing through a server that does what it says.</summary>
public sealed class ServerPublisherTests
{
    [Fact]
    public async Task What_is_published_can_be_downloaded()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        var hotfix = mirror.Hotfix();

        var item = await mirror.PublishAsync(_ => hotfix);

        Assert.Equal(("dm-worker-v8.5.0-hotfix.1-linux-amd64.tar.gz", "dm-worker/dm-worker", false), (item.FileName, item.Entry, item.Yanked));
        Assert.Equal(["tarball", "component dm-worker"], mirror.Server.Calls);
        Assert.Equal(await File.ReadAllBytesAsync(hotfix.TarballPath), await mirror.DownloadAsync("dm-worker", "v8.5.0-hotfix.1"));
    }

    [Fact]
    public async Task A_hotfix_orders_below_its_release_and_is_never_the_latest()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        using var before = mirror.Client();
        var latest = (await before.ResolveAsync("dm-worker", null, ServedMirrorHarness.Amd64)).Version;

        await mirror.PublishAsync(hotfix => hotfix with { Version = $"{latest}-hotfix.1" });

        using var after = mirror.Client();
        Assert.Equal(latest, (await after.ResolveAsync("dm-worker", null, ServedMirrorHarness.Amd64)).Version);
        Assert.True(TiupVersion.Parse($"{latest}-hotfix.1").CompareTo(latest) < 0);
    }

    [Fact]
    public async Task A_new_component_comes_into_the_index_with_its_owner()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();

        await mirror.PublishAsync(hotfix => hotfix with { Component = "dm-tool", Entry = "dm-tool", TarballPath = mirror.Tarball("dm-tool", "x"), Owner = "pingcap", Description = "a tool", Hidden = true, Standalone = true });
        await mirror.PublishAsync(hotfix => hotfix with { Component = "dm-tool", Version = "v1.0.0", Entry = "dm-tool", TarballPath = mirror.Tarball("dm-tool", "y"), Hidden = false });

        using var client = mirror.Client();
        Assert.Contains(new ComponentSummary("dm-tool", "pingcap", Hidden: true, Standalone: true, Yanked: false), await client.ListComponentsAsync());
        var manifest = await client.GetComponentAsync("dm-tool");
        Assert.Equal(("a tool", 2, 2), (manifest.Description, manifest.Version, manifest.Items.Count));
    }

    [Fact]
    public async Task A_version_is_withdrawn_and_comes_back()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        await mirror.PublishAsync();
        using var publisher = await mirror.OpenAsync();

        await publisher.YankAsync("dm-worker", "v8.5.0-hotfix.1");

        using (var client = mirror.Client())
        {
            Assert.True((await client.GetComponentAsync("dm-worker")).Items.Single(item => item.Version.Text == "v8.5.0-hotfix.1").Yanked);
        }

        await publisher.YankAsync("dm-worker", "v8.5.0-hotfix.1", yanked: false);
        Assert.NotEmpty(await mirror.DownloadAsync("dm-worker", "v8.5.0-hotfix.1"));
        Assert.Equal(["tarball", "component dm-worker", "component dm-worker", "component dm-worker"], mirror.Server.Calls);
    }

    [Fact]
    public async Task A_whole_component_is_withdrawn_and_comes_back()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        using var publisher = await mirror.OpenAsync();

        await publisher.YankAsync("dm-worker", version: null);

        using (var client = mirror.Client())
        {
            Assert.True((await client.ListComponentsAsync()).Single(component => component.Id == "dm-worker").Yanked);
        }

        await publisher.YankAsync("dm-worker", version: null, yanked: false);
        Assert.NotEmpty(await mirror.DownloadAsync("dm-worker", "v8.5.0"));
        Assert.Equal(["component dm-worker", "component dm-worker"], mirror.Server.Calls);
    }

    [Fact]
    public async Task What_is_said_of_a_component_is_changed_in_its_manifest_and_by_the_server_in_the_index()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        using var publisher = await mirror.OpenAsync();

        var said = await publisher.ModifyAsync(new Modification { Component = "dm-worker", Description = "the worker", Hidden = true, Standalone = true });
        var listed = await publisher.ModifyAsync(new Modification { Component = "dm-worker", Hidden = false });

        Assert.Equal((true, true, false, true), (said.Hidden, said.Standalone, listed.Hidden, listed.Standalone));
        using var client = mirror.Client();
        Assert.Contains(listed, await client.ListComponentsAsync());
        Assert.Equal("the worker", (await client.GetComponentAsync("dm-worker")).Description);
    }

    [Fact]
    public async Task A_component_that_is_not_there_cannot_be_changed()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        using var publisher = await mirror.OpenAsync();

        var error = await Assert.ThrowsAsync<MirrorException>(() => publisher.ModifyAsync(new Modification { Component = "dm-tool", Hidden = true }));
        var given = await Assert.ThrowsAsync<MirrorException>(() => publisher.ModifyAsync(new Modification { Component = "dm-worker", Owner = "support" }));

        Assert.Equal("a tiup-server takes no change of owners; give dm-worker to support in the mirror's directory, with --mirror <directory>", given.Message);
        Assert.Equal($"{mirror.Server.Address} has no component dm-tool", error.Message);
        Assert.Empty(mirror.Server.Calls);
    }

    [Fact]
    public async Task A_version_that_is_not_there_cannot_be_withdrawn()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        using var publisher = await mirror.OpenAsync();

        var error = await Assert.ThrowsAsync<MirrorException>(() => publisher.YankAsync("dm-worker", "v1.2.3"));

        Assert.Equal($"{mirror.Server.Address} has no dm-worker v1.2.3", error.Message);
        Assert.Empty(mirror.Server.Calls);
    }

    [Fact]
    public async Task An_existing_version_is_replaced_only_when_told_to_and_under_another_file_name()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        await mirror.PublishAsync();

        Assert.Equal(
            "dm-worker v8.5.0-hotfix.1 for linux/amd64 exists already; publish another version, or replace it with `mirror publish --force`", await mirror.RefusalAsync());
        var other = mirror.Hotfix("another one");
        var item = await mirror.PublishAsync(_ => other with { Force = true });

        Assert.Equal($"dm-worker-v8.5.0-hotfix.1-linux-amd64-{item.Sha256[..12]}.tar.gz", item.FileName);
        Assert.Equal(await File.ReadAllBytesAsync(other.TarballPath), await mirror.DownloadAsync("dm-worker", "v8.5.0-hotfix.1"));
    }

    [Fact]
    public async Task Fields_that_the_server_does_not_know_do_not_spoil_the_signature()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        await mirror.AtDirectoryAsync(async keeper =>
        {
            await keeper.PublishAsync("dm-worker", "v8.5.0-hotfix.0", ServedMirrorHarness.Amd64, mirror.Tarball("dm-worker/dm-worker", "x"), "dm-worker/dm-worker");
        });
        await mirror.RewriteComponentAsync("dm-worker", signed =>
        {
            signed["name"] = "written by an older tool";
            signed["platforms"]!["linux/amd64"]!["v8.5.0-hotfix.0"]!.AsObject().Remove("dependencies");
        });

        await mirror.PublishAsync();

        Assert.NotEmpty(await mirror.DownloadAsync("dm-worker", "v8.5.0-hotfix.0"));
        Assert.NotEmpty(await mirror.DownloadAsync("dm-worker", "v8.5.0-hotfix.1"));
    }

    [Fact]
    public async Task A_mirror_that_has_expired_can_be_published_on()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        mirror.Time.Now += TimeSpan.FromDays(100);

        await mirror.PublishAsync();

        Assert.NotEmpty(await mirror.DownloadAsync("dm-worker", "v8.5.0-hotfix.1"));
    }

    [Fact]
    public async Task Says_how_far_the_upload_is()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        var seen = new Reports();
        using var publisher = await mirror.OpenAsync();
        var hotfix = mirror.Hotfix(new string('x', 1 << 20));

        await publisher.PublishAsync(hotfix, seen);

        var length = new FileInfo(hotfix.TarballPath).Length;
        Assert.True(seen.All.Count > 2);
        Assert.Equal(new UploadProgress("dm-worker-v8.5.0-hotfix.1-linux-amd64.tar.gz", length, length), seen.All[^1]);
    }

    [Fact]
    public async Task The_owners_key_may_be_named_alone()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        using var publisher = await mirror.OpenAsync(keys: Path.Combine(mirror.AllKeys, "owner-pingcap.json"));

        Assert.Equal("v8.5.0-hotfix.1", (await publisher.PublishAsync(mirror.Hotfix())).Version.Text);
    }

    [Fact]
    public async Task A_check_says_what_would_be_refused_and_sends_nothing()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        using var publisher = await mirror.OpenAsync();
        var hotfix = mirror.Hotfix();

        await publisher.CheckAsync(hotfix);
        var error = await Assert.ThrowsAsync<MirrorException>(() => publisher.CheckAsync(hotfix with { Version = "v8.5.0" }));

        Assert.Equal("dm-worker v8.5.0 for linux/amd64 exists already; publish another version, or replace it with `mirror publish --force`", error.Message);
        Assert.Empty(mirror.Server.Calls);
    }

    [Fact]
    public async Task Without_the_owners_key_nothing_is_sent()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        using var publisher = await mirror.OpenAsync(keys: mirror["role-keys"]);

        var error = await Assert.ThrowsAsync<MirrorException>(() => publisher.PublishAsync(mirror.Hotfix()));

        Assert.StartsWith($"pingcap needs 1 signatures, and {mirror["role-keys"]} has 0 of its keys (", error.Message, StringComparison.Ordinal);
        Assert.Empty(mirror.Server.Calls);
    }

    [Fact]
    public async Task A_profile_that_does_not_trust_the_mirror_signs_nothing_for_it()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        var home = MirrorHarness.HomeAt(mirror["other-home"]);
        using var publisher = await VersionPublisher.OpenAsync(mirror.Server.Address, mirror.AllKeys, mirror.Settings with { Home = home }, mirror.Time);

        var error = await Assert.ThrowsAsync<MirrorException>(() => publisher.PublishAsync(mirror.Hotfix()));

        Assert.Equal(
            $"no root is trusted yet ({home.Root}/bin/root.json does not exist); `mirror set {mirror.Server.Address}` shows that of the mirror and trusts it", error.Message);
        Assert.Empty(mirror.Server.Calls);
    }

    [Fact]
    public async Task A_manifest_is_signed_as_TiUP_writes_it()
    {
        await using var mirror = await ServedMirrorHarness.StartAsync();
        await mirror.PublishAsync();

        var newest = Directory.GetFiles(mirror.Mirror, "*.dm-worker.json").OrderBy(file => int.Parse(Path.GetFileName(file).Split('.')[0], null)).Last();
        var golden = JsonNode.Parse(Golden.Read("14.dm-worker.json"))!["signed"]!.AsObject();
        Assert.Equal(golden.Select(member => member.Key), JsonNode.Parse(await File.ReadAllBytesAsync(newest))!["signed"]!.AsObject().Select(member => member.Key));
    }

    private sealed class Reports : IProgress<UploadProgress>
    {
        public List<UploadProgress> All { get; } = [];

        public void Report(UploadProgress value) => All.Add(value);
    }
}
