using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Publishing.Cloning;
using TiupDmNet.Mirror.Publishing.Intake;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Publishing.Cloning;

public sealed class MirrorClonerTests(EmptyMirror empty) : IClassFixture<EmptyMirror>
{
    private static readonly CloneRequest Workers = new()
    {
        Platforms = [CloneHarness.Amd64],
        Components = new Dictionary<string, IReadOnlyList<string>> { ["dm-worker"] = ["v8.5.0"] },
    };

    [Fact]
    public async Task A_clone_of_TiUPs_mirror_has_what_the_mirror_has()
    {
        await using var harness = await CloneHarness.OfGoldenAsync(empty: null);

        var result = await harness.CloneAsync();

        using var reader = await harness.TrustAsync();
        using var source = harness.Upstream.Client();
        foreach (var component in await source.ListComponentsAsync(TestContext.Current.CancellationToken))
        {
            var (there, here) = (await source.GetComponentAsync(component.Id), await reader.GetComponentAsync(component.Id));
            Assert.Equal(there.Items.OrderBy(Key), here.Items.OrderBy(Key));
            Assert.Equal((there.Nightly, there.Description), (here.Nightly, here.Description));
            Assert.All(here.Items, item => Assert.Equal(Golden.Read(item.FileName), File.ReadAllBytes(Path.Combine(harness.Clone, item.FileName))));
        }

        Assert.Equal((true, result.Packages.Count), (result.Changed, result.Fetched));
        Assert.Equal(harness.FetchedPackages.Distinct().Count(), harness.FetchedPackages.Count());
        Assert.Equal(["pingcap"], (await reader.ListComponentsAsync()).Select(component => component.Owner).Distinct());
        Assert.Equal("PingCAP", (string?)Signed(harness, "2.index.json")["owners"]!["pingcap"]!["name"]);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(harness.Clone), path => path.Contains("part", StringComparison.Ordinal) || path.Contains("key", StringComparison.Ordinal));
        Assert.Equal(["index", "pingcap", "root", "root", "root", "snapshot", "timestamp"], Directory.GetFiles(harness.Keys, "*.json").Select(file => Path.GetFileName(file)[17..^5]).Order());

        static string Key(VersionItem item) => $"{item.Platform} {item.Version}";
    }

    [Fact]
    public async Task Cloning_the_same_again_writes_nothing_and_fetches_nothing()
    {
        await using var harness = await CloneHarness.OfGoldenAsync(empty);
        await harness.CloneAsync();
        var before = harness.Content();
        harness.Upstream.Server.ClearLog();

        var plan = await harness.PlanAsync(CloneHarness.Everything);
        var result = await harness.CloneAsync();

        Assert.Equal((false, 0), (result.Changed, result.Fetched));
        Assert.Empty(plan.Changes);
        Assert.Equal(0, plan.MissingBytes);
        Assert.Empty(harness.FetchedPackages);
        Assert.Equal(before, harness.Content());
    }

    [Fact]
    public async Task An_unchanged_clone_is_signed_again_before_its_timestamp_expires()
    {
        await using var harness = await CloneHarness.OfAsync(new RepositorySimulator(), empty);
        await harness.CloneAsync(Workers);
        using var reader = await harness.TrustAsync();
        harness.Upstream.Time.Now += TimeSpan.FromDays(25);

        Assert.True((await harness.CloneAsync(Workers)).Changed);

        Assert.Equal(harness.Upstream.Time.Now.AddDays(30), (await reader.RefreshAsync()).Roles[1].Expires);
    }

    [Fact]
    public async Task Who_trusts_the_clone_goes_on_after_it_was_cloned_again()
    {
        var upstream = new RepositorySimulator();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);
        await harness.CloneAsync(Workers);
        using (var reader = await harness.TrustAsync())
        {
            Assert.Equal("v8.5.0", (await reader.ResolveAsync("dm-worker", null, CloneHarness.Amd64)).Version.Text);
        }

        upstream.AddVersion("dm-worker", "v8.5.1");
        upstream.Publish();
        harness.Upstream.Server.ClearLog();
        await harness.CloneAsync(Workers with { Components = new Dictionary<string, IReadOnlyList<string>> { ["dm-worker"] = ["latest"] } });

        using var later = harness.Reopen();
        Assert.Equal(["v8.5.1", "v8.5.0"], (await later.GetComponentAsync("dm-worker")).On(CloneHarness.Amd64).Select(item => item.Version.Text));
        Assert.Equal(2, (await later.GetComponentAsync("dm-worker")).Version);
        Assert.Equal(["dm-worker-v8.5.1-linux-amd64.tar.gz"], harness.FetchedPackages);
    }

    [Fact]
    public async Task What_only_the_clone_has_stays()
    {
        var upstream = new RepositorySimulator();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);
        await harness.CloneAsync(Workers);
        using (var publisher = await MirrorPublisher.OpenAsync(harness.Clone, harness.Keys, harness.Upstream.Time))
        {
            await publisher.PublishAsync("dm-worker", "v8.5.0-hotfix.1", CloneHarness.Amd64, Golden.File("dm-worker-v8.5.0-linux-amd64.tar.gz"), "dm-worker/dm-worker");
        }

        upstream.AddVersion("dm-worker", "v8.5.1");
        upstream.Publish();
        await harness.CloneAsync();

        using var reader = await harness.TrustAsync();
        Assert.Equal(["v8.5.1", "v8.5.0", "v8.5.0-hotfix.1"], (await reader.GetComponentAsync("dm-worker")).On(CloneHarness.Amd64).Select(item => item.Version.Text));
    }

    [Fact]
    public async Task Keeps_standalone_hidden_and_fields_that_nobody_knows()
    {
        var upstream = new RepositorySimulator();
        (upstream.IndexDraft["components"]!["dm-worker"]!["standalone"], upstream.IndexDraft["components"]!["dm-worker"]!["hidden"]) = (true, true);
        upstream.ComponentDrafts["dm-worker"]["platforms"]!["linux/amd64"]!["v8.5.0"]!["dependencies"] = new JsonObject { ["tiup"] = ">=1.0" };
        upstream.ComponentDrafts["dm-worker"]["platforms"]!["linux/amd64"]!["v8.5.0"]!["note"] = "kept";
        upstream.Publish();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);

        await harness.CloneAsync();

        using var reader = await harness.TrustAsync();
        Assert.Equal(new ComponentSummary("dm-worker", "pingcap", Hidden: true, Standalone: true, Yanked: false), (await reader.ListComponentsAsync()).Single());
        var item = Signed(harness, "1.dm-worker.json")["platforms"]!["linux/amd64"]!["v8.5.0"]!;
        Assert.Equal(("kept", ">=1.0"), ((string?)item["note"], (string?)item["dependencies"]!["tiup"]));
    }

    [Fact]
    public async Task Follows_what_the_source_withdraws_and_takes_back()
    {
        var upstream = new RepositorySimulator();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);
        upstream.AddVersion("dm-worker", "v8.5.1");
        upstream.Publish();
        await harness.CloneAsync();
        var item = upstream.ComponentDrafts["dm-worker"]["platforms"]!["linux/amd64"]!["v8.5.0"]!;
        var newest = Workers with { Components = new Dictionary<string, IReadOnlyList<string>> { ["dm-worker"] = ["v8.5.1"] } };
        using var reader = await harness.TrustAsync();

        foreach (var (withdrawn, detail) in new[] { (true, "withdrawn"), (false, "no longer withdrawn") })
        {
            item["yanked"] = withdrawn;
            upstream.Publish();
            Assert.Equal([new MirrorChange(MirrorChangeKind.Updated, "dm-worker", "v8.5.0", CloneHarness.Amd64, detail)], (await harness.PlanAsync(newest)).Changes);
            await harness.CloneAsync(newest);
            await reader.RefreshAsync();
            Assert.Equal(withdrawn, (await reader.GetComponentAsync("dm-worker")).Items.Single(item => item.Version.Text == "v8.5.0").Yanked);
        }
    }

    [Fact]
    public async Task A_withdrawn_version_can_be_named_and_stays_withdrawn()
    {
        await using var harness = await CloneHarness.OfGoldenAsync(empty);
        var request = Workers with { Components = new Dictionary<string, IReadOnlyList<string>> { ["dm-worker"] = ["v7.1.0"] } };

        Assert.Equal(["dm-worker v7.1.0 was withdrawn, and will be so in the clone"], (await harness.PlanAsync(request)).Notes);
        await harness.CloneAsync(request);

        using var reader = await harness.TrustAsync();
        Assert.True((await reader.GetComponentAsync("dm-worker")).Items.Single().Yanked);
    }

    [Fact]
    public async Task A_new_nightly_takes_the_place_of_the_old_one()
    {
        var upstream = new RepositorySimulator();
        var platforms = upstream.ComponentDrafts["dm-worker"]["platforms"]!["linux/amd64"]!.AsObject();
        Nightly("v9.0.0-alpha-nightly-20261101");
        await using var harness = await CloneHarness.OfAsync(upstream, empty);
        var request = Workers with { Components = new Dictionary<string, IReadOnlyList<string>> { ["dm-worker"] = ["nightly"] } };
        await harness.CloneAsync(request);

        platforms.Remove("v9.0.0-alpha-nightly-20261101");
        upstream.Package = [.. upstream.Package, 1];
        Nightly("v9.0.0-alpha-nightly-20261102");
        await harness.CloneAsync(request);

        using var reader = await harness.TrustAsync();
        var manifest = await reader.GetComponentAsync("dm-worker");
        Assert.Equal(("v9.0.0-alpha-nightly-20261102", "v9.0.0-alpha-nightly-20261102"), (manifest.Nightly!, manifest.Items.Single().Version.Text));

        void Nightly(string version)
        {
            upstream.AddVersion("dm-worker", version);
            upstream.ComponentDrafts["dm-worker"]["nightly"] = version;
            upstream.Publish();
        }
    }

    [Fact]
    public async Task Other_content_under_the_same_version_gets_a_name_of_its_own()
    {
        var upstream = new RepositorySimulator();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);
        await harness.CloneAsync();
        var first = upstream.Package;
        upstream.Package = [.. first, 1];
        var item = upstream.AddVersion("dm-worker", "v8.5.0");
        upstream.Publish();

        var plan = await harness.PlanAsync(CloneHarness.Everything);
        await harness.CloneAsync();

        Assert.Equal([new MirrorChange(MirrorChangeKind.Replaced, "dm-worker", "v8.5.0", CloneHarness.Amd64, "")], plan.Changes);
        var name = $"dm-worker-v8.5.0-linux-amd64-{((string)item["hashes"]!["sha256"]!)[..12]}.tar.gz";
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(harness.Clone, "dm-worker-v8.5.0-linux-amd64.tar.gz")));
        Assert.Equal(upstream.Package, File.ReadAllBytes(Path.Combine(harness.Clone, name)));
        Assert.False((await harness.CloneAsync()).Changed);
    }

    [Fact]
    public async Task A_package_that_was_damaged_in_the_clone_is_fetched_again()
    {
        var upstream = new RepositorySimulator();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);
        await harness.CloneAsync();
        var path = Path.Combine(harness.Clone, "dm-worker-v8.5.0-linux-amd64.tar.gz");
        var bytes = File.ReadAllBytes(path);
        bytes[0] ^= 1;
        File.WriteAllBytes(path, bytes);

        var result = await harness.CloneAsync();

        Assert.Equal((false, 1), (result.Changed, result.Fetched));
        Assert.Equal(upstream.Package, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task TiUPs_installer_finds_its_package_without_a_version()
    {
        var upstream = new RepositorySimulator();
        upstream.AddComponent("tiup", "v1.16.0");
        upstream.Package = [.. upstream.Package, 1];
        upstream.AddVersion("tiup", "v1.16.1");
        upstream.Publish();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);

        await harness.CloneAsync();
        await harness.CloneAsync(Workers with { Components = new Dictionary<string, IReadOnlyList<string>> { ["tiup"] = ["v1.16.0"] } });

        Assert.Equal(upstream.Package, File.ReadAllBytes(Path.Combine(harness.Clone, "tiup-linux-amd64.tar.gz")));
    }

    private static JsonObject Signed(CloneHarness harness, string file) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(harness.Clone, file)))!["signed"]!.AsObject();
}
