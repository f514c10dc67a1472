using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Publishing.Intake;
using TiupDmNet.Mirror.Publishing.Merging;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Publishing.Merging;

/// <summary>A copy of TiUP's own mirror, with its keys, takes from one behind a server.</summary>
public sealed class MirrorMergerTests : IAsyncLifetime
{
    private static readonly Platform Amd64 = Platform.Parse("linux/amd64");

    private readonly RepositorySimulator _other = new();
    private readonly List<MirrorClient> _sources = [];
    private MirrorHarness _harness = null!;

    private string Mirror => _harness["mirror"];

    private string Keys => _harness["mirror-keys"];

    public async ValueTask InitializeAsync()
    {
        _other.AddVersion("dm-worker", "v8.5.7");
        _other.ComponentDrafts["dm-worker"]["platforms"]!["linux/amd64"]!.AsObject().Remove("v8.5.0");
        _other.Publish();
        _harness = await MirrorHarness.StartAsync(_other);
        EmptyMirror.Copy(Golden.Mirror, Mirror);
        EmptyMirror.Copy(Golden.Keys, Keys);
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Takes_versions_that_the_mirror_does_not_have_and_who_trusts_it_goes_on()
    {
        using var reader = await TrustAsync();
        var before = (await reader.GetComponentAsync("dm-worker")).Items;

        var plan = await PlanAsync();
        var result = await RunAsync(plan);

        Assert.Equal([new MirrorChange(MirrorChangeKind.Added, "dm-worker", "v8.5.7", Amd64, "")], plan.Changes);
        Assert.Equal((true, 1), (result.Changed, result.Fetched));
        await reader.RefreshAsync();
        Assert.Equal(before.Count + 1, (await reader.GetComponentAsync("dm-worker")).Items.Count);
        Assert.Equal(_other.Package, File.ReadAllBytes((await reader.DownloadAsync("dm-worker", "v8.5.7", Amd64, _harness["out"])).Path));
    }

    [Fact]
    public async Task Merging_the_same_again_changes_nothing()
    {
        await RunAsync(await PlanAsync());
        var before = Manifests();

        var plan = await PlanAsync();

        Assert.Empty(plan.Changes);
        Assert.Empty(plan.Packages);
        Assert.False((await RunAsync(plan)).Changed);
        Assert.Equal(before, Manifests());
    }

    [Fact]
    public async Task A_new_component_comes_with_its_owner_and_a_key_for_it()
    {
        _other.IndexDraft["owners"]!["tools"] = Drafts.Owner("Tools", KeyPool.Get("owner").Public);
        _other.AddComponent("ticdc", "v8.5.0");
        _other.IndexDraft["components"]!["ticdc"]!["owner"] = "tools";
        _other.Publish();

        await RunAsync(await PlanAsync());

        using var reader = await TrustAsync();
        Assert.Equal("tools", (await reader.ListComponentsAsync()).Single(component => component.Id == "ticdc").Owner);
        Assert.Single(Directory.GetFiles(Keys, "*-tools.json"));
        Assert.Equal("v8.5.0", (await reader.ResolveAsync("ticdc", null, Amd64)).Version.Text);
    }

    [Fact]
    public async Task A_new_component_can_be_given_to_an_owner_of_the_mirror_for_good()
    {
        _other.IndexDraft["owners"]!["tools"] = Drafts.Owner("Tools", KeyPool.Get("owner").Public);
        _other.AddComponent("ticdc", "v8.5.0");
        _other.IndexDraft["components"]!["ticdc"]!["owner"] = "tools";
        _other.Publish();

        await RunAsync(await PlanAsync(owner: "pingcap"));
        var again = await PlanAsync(owner: "pingcap");

        using var reader = await TrustAsync();
        Assert.Equal("pingcap", (await reader.ListComponentsAsync()).Single(component => component.Id == "ticdc").Owner);
        Assert.Empty(again.Conflicts);
        Assert.Empty(again.Changes);
    }

    [Fact]
    public async Task Other_content_under_the_same_version_stops_the_merge()
    {
        _other.AddVersion("dm-worker", "v8.5.0");
        _other.Publish();
        var before = Manifests();

        var plan = await PlanAsync();
        var error = await Assert.ThrowsAsync<MirrorException>(() => RunAsync(plan));

        var (here, there) = (await OwnAsync("v8.5.0"), plan.Conflicts.Single());
        Assert.Equal(("dm-worker", "v8.5.0", Amd64), (there.Component, there.Version, there.Platform));
        Assert.Equal(
            $"dm-worker v8.5.0 for linux/amd64: its SHA-256 is {here.Sha256[..16]}… in {Mirror} and {Sha256(_other.Package)[..16]}… on {_harness.Server.Address}; "
                + $"nothing was merged: --on-conflict keep leaves what {Mirror} has, --on-conflict replace takes what the other has",
            error.Message);
        Assert.Equal(before, Manifests());
    }

    [Theory]
    [InlineData(ConflictPolicy.Keep)]
    [InlineData(ConflictPolicy.Replace)]
    public async Task What_is_not_the_same_stays_or_is_replaced_as_told(ConflictPolicy policy)
    {
        _other.AddVersion("dm-worker", "v8.5.0");
        _other.Publish();
        var before = await OwnAsync("v8.5.0");

        var plan = await PlanAsync(policy);
        await RunAsync(plan);

        var after = await OwnAsync("v8.5.0");
        Assert.Single(plan.Conflicts);
        Assert.Equal(policy == ConflictPolicy.Keep ? before.Sha256 : Sha256(_other.Package), after.Sha256);
        Assert.Equal(policy == ConflictPolicy.Keep ? before.FileName : $"dm-worker-v8.5.0-linux-amd64-{after.Sha256[..12]}.tar.gz", after.FileName);
        Assert.Equal(Golden.Read(before.FileName), File.ReadAllBytes(Path.Combine(Mirror, before.FileName)));
        Assert.Equal("v8.5.7", (await OwnAsync("v8.5.7")).Version.Text);
    }

    [Fact]
    public async Task A_component_of_another_owner_stops_the_merge()
    {
        Rename();

        var plan = await PlanAsync();

        Assert.Equal([$"dm-worker: it belongs to pingcap in {Mirror} and to others on {_harness.Server.Address}"], plan.Conflicts.Select(conflict => conflict.ToString()));
        await Assert.ThrowsAsync<MirrorException>(() => RunAsync(plan));
    }

    [Fact]
    public async Task A_component_of_another_owner_is_left_alone_or_changes_hands_as_told()
    {
        Rename();
        using var reader = await TrustAsync();
        var before = (await reader.GetComponentAsync("dm-worker")).Items.Count;

        await RunAsync(await PlanAsync(ConflictPolicy.Keep));
        await reader.RefreshAsync();
        Assert.Equal(before, (await reader.GetComponentAsync("dm-worker")).Items.Count);

        await RunAsync(await PlanAsync(ConflictPolicy.Replace));
        await reader.RefreshAsync();
        Assert.Equal(before + 1, (await reader.GetComponentAsync("dm-worker")).Items.Count);
        Assert.Equal("others", (await reader.ListComponentsAsync()).Single(component => component.Id == "dm-worker").Owner);
        Assert.Equal("pingcap", (await reader.ListComponentsAsync()).Single(component => component.Id == "dm-master").Owner);
    }

    [Fact]
    public async Task Leaves_what_was_withdrawn_and_what_the_mirror_calls_nightly()
    {
        _other.AddVersion("dm-worker", "v8.5.8")["yanked"] = true;
        _other.AddVersion("dm-worker", "v9.2.0-alpha-nightly-20261120");
        _other.ComponentDrafts["dm-worker"]["nightly"] = "v9.2.0-alpha-nightly-20261120";
        _other.AddComponent("old", "v1.0.0");
        _other.IndexDraft["components"]!["old"]!["yanked"] = true;
        _other.Publish();

        await RunAsync(await PlanAsync());

        using var reader = await TrustAsync();
        var manifest = await reader.GetComponentAsync("dm-worker");
        Assert.DoesNotContain(manifest.Items, item => item.Version.Text == "v8.5.8");
        Assert.Contains(manifest.Items, item => item.Version.Text == "v9.2.0-alpha-nightly-20261120");
        Assert.Equal("v9.1.0-alpha-nightly-20261101", manifest.Nightly);
        Assert.DoesNotContain(await reader.ListComponentsAsync(), component => component.Id == "old");
    }

    [Fact]
    public async Task A_source_whose_root_is_not_trusted_is_not_read()
    {
        var stranger = _harness.Settings with { AddressOverride = Golden.Mirror };
        using var source = new MirrorClient(stranger, _harness.Time);

        var error = await Assert.ThrowsAnyAsync<MirrorException>(() => Merger().PlanAsync([source], ConflictPolicy.Refuse));

        Assert.Equal(MirrorFailure.Untrusted, error.Failure);
    }

    [Fact]
    public async Task A_source_is_trusted_by_the_root_that_is_given()
    {
        File.WriteAllBytes(_harness["other-root.json"], _other.Root);
        var home = MirrorHarness.HomeAt(_harness["fresh-home"]);
        using var source = new MirrorClient(_harness.Settings with { Home = home, AddressOverride = _harness.Server.Address, RootFile = _harness["other-root.json"] }, _harness.Time);

        Assert.Single((await Merger().PlanAsync([source], ConflictPolicy.Refuse)).Changes);
        Assert.False(File.Exists(Path.Combine(home.BinDirectory, "root.json")));
    }

    [Fact]
    public async Task A_root_that_is_none_is_refused()
    {
        var root = _harness["no-root.json"];
        using var source = new MirrorClient(_harness.Settings with { RootFile = root }, _harness.Time);
        Assert.Equal(
            $"cannot read the root {root}; give the file with the root that you trust for MIRROR",
            await _harness.RefusalAsync(() => Merger().PlanAsync([source], ConflictPolicy.Refuse)));

        await File.WriteAllTextAsync(root, "<html>");

        Assert.Equal(
            $"{root} is no root to trust: {root} of this profile cannot be trusted: it is not JSON (it begins with '<html>')",
            await _harness.RefusalAsync(() => Merger().PlanAsync([source], ConflictPolicy.Refuse)));
    }

    [Fact]
    public async Task A_forged_package_is_refused_and_nothing_is_published()
    {
        var before = Manifests();
        var bytes = _other.Package.ToArray();
        bytes[0] ^= 1;
        _other.Files["dm-worker-v8.5.7-linux-amd64.tar.gz"] = bytes;
        var plan = await PlanAsync();

        Assert.StartsWith("dm-worker-v8.5.7-linux-amd64.tar.gz of MIRROR cannot be trusted: its SHA-256 is ", await _harness.RefusalAsync(() => RunAsync(plan)), StringComparison.Ordinal);

        Assert.Equal(before, Manifests());
        Assert.False(File.Exists(Path.Combine(Mirror, "dm-worker-v8.5.7-linux-amd64.tar.gz")));
    }

    [Fact]
    public async Task Refuses_to_merge_a_mirror_into_itself()
    {
        using var itself = await TrustAsync();

        Assert.Equal(
            $"{Mirror} cannot be merged into itself; name another mirror",
            (await Assert.ThrowsAsync<MirrorException>(() => Merger().PlanAsync([itself], ConflictPolicy.Refuse))).Message);
    }

    [Fact]
    public async Task Versions_that_were_published_in_the_meantime_stay()
    {
        var plan = await PlanAsync();
        using (var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, _harness.Time))
        {
            await publisher.PublishAsync("dm-worker", "v8.5.0-hotfix.1", Amd64, Golden.File("dm-worker-v8.5.0-linux-amd64.tar.gz"), "dm-worker/dm-worker");
        }

        await RunAsync(plan);

        Assert.Equal("v8.5.0-hotfix.1", (await OwnAsync("v8.5.0-hotfix.1")).Version.Text);
        Assert.Equal("v8.5.7", (await OwnAsync("v8.5.7")).Version.Text);
    }

    private void Rename()
    {
        _other.IndexDraft["owners"]!["others"] = Drafts.Owner("Others", KeyPool.Get("owner").Public);
        _other.IndexDraft["components"]!["dm-worker"]!["owner"] = "others";
        _other.Publish();
    }

    private MirrorMerger Merger() => new(Mirror, Keys, _harness.Time);

    private Task<MergePlan> PlanAsync(ConflictPolicy policy = ConflictPolicy.Refuse, string? owner = null)
    {
        _sources.Add(_harness.Client());
        return Merger().PlanAsync([_sources[^1]], policy, owner);
    }

    private async Task<IntakeResult> RunAsync(MergePlan plan)
    {
        var result = await Merger().RunAsync(plan);
        _sources.ForEach(source => source.Dispose());
        return result;
    }

    private async Task<VersionItem> OwnAsync(string version)
    {
        using var reader = await TrustAsync();
        return await reader.ResolveAsync("dm-worker", version, Amd64);
    }

    private async Task<MirrorClient> TrustAsync()
    {
        var settings = new MirrorSettings { Home = MirrorHarness.HomeAt(_harness[$"home-{Guid.NewGuid():N}"]), Attempts = 1 };
        await new MirrorProfile(settings, _harness.Time).SetAsync(Mirror);
        return new MirrorClient(settings, _harness.Time);
    }

    private Dictionary<string, byte[]> Manifests() => Directory.GetFiles(Mirror, "*.json").ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
}
