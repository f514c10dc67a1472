using TiupDmNet.Mirror.Publishing.Cloning;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Publishing.Cloning;

public sealed class CloneSelectionTests
{
    private static readonly string[] ForCluster = ["dm-master", "dm-worker", "dmctl", "grafana", "prometheus"];

    [Fact]
    public async Task A_cluster_of_a_version_gets_what_TiUP_deploys_for_it()
    {
        var upstream = Upstream();

        Assert.Equal(
            ["alertmanager v0.26.0", "blackbox_exporter v0.24.0", "dm v1.16.1", "dm-master v8.5.0", "dm-worker v8.5.0", "dmctl v8.5.0", "grafana v8.5.0", "node_exporter v1.7.0", "prometheus v8.5.0", "tiup v1.16.1"],
            await ChosenAsync(upstream, Request("v8.5.0")));
    }

    [Fact]
    public async Task Without_a_version_it_is_the_newest_stable_dm_master_that_everything_follows()
    {
        var upstream = Upstream();
        upstream.AddVersion("grafana", "v9.0.0");
        upstream.AddVersion("dm-master", "v9.0.0-beta.1");
        upstream.Publish();

        Assert.Equal(
            ["dm-master v8.5.1", "dm-worker v8.5.1", "dmctl v8.5.1", "grafana v8.5.1", "prometheus v8.5.1"],
            (await ChosenAsync(upstream, Request())).Where(IsVersioned));
    }

    [Fact]
    public async Task Several_versions_are_taken_side_by_side() => Assert.Equal(
        ForCluster.SelectMany(id => new[] { $"{id} v8.5.0", $"{id} v8.5.1" }), (await ChosenAsync(Upstream(), Request("v8.5.0", "v8.5.1"))).Where(IsVersioned));

    [Fact]
    public async Task A_component_can_have_versions_of_its_own()
    {
        var chosen = await ChosenAsync(Upstream(), Request("v8.5.0") with { Components = Only("alertmanager", "v0.23.0", "latest") });

        Assert.Equal(["alertmanager v0.23.0", "alertmanager v0.26.0"], chosen.Where(item => item.StartsWith("alertmanager", StringComparison.Ordinal)));
        Assert.Equal(10, chosen.Select(item => item.Split(' ')[0]).Distinct().Count());
    }

    [Fact]
    public async Task Components_without_versions_for_a_cluster_are_all_that_is_taken()
    {
        Assert.Equal(["dm-worker v8.5.0"], await ChosenAsync(Upstream(), Request() with { Components = Only("dm-worker", "v8.5.0") }));
        Assert.Equal(["dm-worker v8.5.1"], await ChosenAsync(Upstream(), Request() with { Components = Only("dm-worker") }));
    }

    [Fact]
    public async Task All_takes_every_version() =>
        Assert.Equal(["dmctl v8.5.0", "dmctl v8.5.1", "dmctl v8.50.0"], await ChosenAsync(Upstream(), Request() with { Components = Only("dmctl", "all") }));

    [Theory]
    [InlineData("v8.5", "dmctl v8.5.0", "dmctl v8.5.1")]
    [InlineData("v8.5.", "dmctl v8.5.0", "dmctl v8.5.1")]
    [InlineData("v8", "dmctl v8.5.0", "dmctl v8.5.1", "dmctl v8.50.0")]
    [InlineData("v8.5.1", "dmctl v8.5.1")]
    public async Task A_prefix_ends_where_a_number_ends(string prefix, params string[] chosen) =>
        Assert.Equal(chosen, await ChosenAsync(Upstream(), Request() with { Prefix = true, Components = Only("dmctl", prefix) }));

    [Fact]
    public async Task A_prefix_takes_nothing_that_was_withdrawn_and_no_nightly()
    {
        var upstream = Upstream();
        upstream.AddVersion("dmctl", "v8.5.2")["yanked"] = true;
        upstream.AddVersion("dmctl", "v8.5.3-alpha-nightly-20261101");
        upstream.Publish();

        Assert.Equal(["dmctl v8.5.0", "dmctl v8.5.1"], await ChosenAsync(upstream, Request() with { Prefix = true, Components = Only("dmctl", "v8.5") }));
    }

    [Fact]
    public async Task Refuses_what_the_mirror_does_not_have()
    {
        await using var harness = await CloneHarness.OfAsync(Upstream(), null);
        var both = Request("v8.4.0") with { Platforms = [CloneHarness.Amd64, CloneHarness.Arm64] };

        Assert.Equal(
            "MIRROR lacks what the clone needs: dm-worker v8.4.0 for linux/amd64; choose other versions or platforms, or leave out what is not there with --skip-missing",
            await harness.RefusalAsync(Request() with { Components = Only("dm-worker", "v8.4.0") }));
        Assert.Equal(
            "MIRROR lacks what the clone needs: ticdc (there is no such component); choose other versions or platforms, or leave out what is not there with --skip-missing",
            await harness.RefusalAsync(Request() with { Components = Only("ticdc", "v8.4.0") }));
        Assert.Equal(
            "MIRROR lacks what the clone needs: alertmanager latest for linux/arm64; dm-master v8.4.0 for linux/amd64; dm-master v8.4.0 for linux/arm64; dm-worker v8.4.0 for linux/amd64; "
                + "dm-worker v8.4.0 for linux/arm64 and 6 more; choose other versions or platforms, or leave out what is not there with --skip-missing",
            await harness.RefusalAsync(both));
        Assert.Equal(
            "MIRROR has nothing of what was asked for on linux/arm64",
            await harness.RefusalAsync(Request("v8.5.0") with { Platforms = [CloneHarness.Arm64], SkipMissing = true }));
        Assert.False(Directory.Exists(harness.Clone));
        Assert.False(Directory.Exists(harness.Keys));
    }

    [Fact]
    public async Task Leaves_out_what_is_missing_when_told_to_and_says_so()
    {
        await using var harness = await CloneHarness.OfGoldenAsync(null);

        var plan = await harness.PlanAsync(Request("v8.5.1") with { SkipMissing = true });

        Assert.Equal(["dm-worker"], plan.Packages.Select(package => package.Component));
        Assert.Equal(
            [
                "alertmanager (there is no such component)", "blackbox_exporter (there is no such component)", "dm (there is no such component)", "dm-master v8.5.1 for linux/amd64",
                "dmctl v8.5.1 for linux/amd64", "grafana (there is no such component)", "node_exporter (there is no such component)", "prometheus (there is no such component)",
                "tiup (there is no such component)",
            ],
            plan.Notes.Select(note => note.Split("does not have it: ")[1]));
    }

    [Fact]
    public async Task What_runs_everywhere_is_taken_once()
    {
        var upstream = new RepositorySimulator();
        upstream.AddComponent("docs", "v1.0.0");
        var platforms = upstream.ComponentDrafts["docs"]["platforms"]!.AsObject();
        platforms["any/any"] = platforms["linux/amd64"]!.DeepClone();
        platforms.Remove("linux/amd64");
        upstream.Publish();
        await using var harness = await CloneHarness.OfAsync(upstream, null);

        var plan = await harness.PlanAsync(new CloneRequest { Platforms = [CloneHarness.Amd64, CloneHarness.Arm64], Components = Only("docs", "v1.0.0") });

        Assert.Equal("docs-v1.0.0-any-any.tar.gz", plan.Packages.Single().FileName);
    }

    private static bool IsVersioned(string item) => ForCluster.Contains(item.Split(' ')[0]);

    private static CloneRequest Request(params string[] versions) => new() { Versions = versions, Platforms = [CloneHarness.Amd64] };

    private static Dictionary<string, IReadOnlyList<string>> Only(string component, params string[] versions) => new() { [component] = versions };

    private static async Task<IEnumerable<string>> ChosenAsync(RepositorySimulator upstream, CloneRequest request)
    {
        await using var harness = await CloneHarness.OfAsync(upstream, null);
        var plan = await harness.PlanAsync(request);
        Assert.False(Directory.Exists(harness.Clone));
        return [.. plan.Packages.Select(package => $"{package.Component} {package.Version}").Order(StringComparer.Ordinal)];
    }

    private static RepositorySimulator Upstream()
    {
        var upstream = new RepositorySimulator();
        foreach (var id in ForCluster)
        {
            upstream.AddComponent(id, "v8.5.0", "v8.5.1");
        }

        upstream.AddVersion("dmctl", "v8.50.0");
        upstream.AddComponent("alertmanager", "v0.23.0", "v0.26.0");
        upstream.AddComponent("node_exporter", "v1.7.0");
        upstream.AddComponent("blackbox_exporter", "v0.24.0");
        upstream.AddComponent("tiup", "v1.16.1");
        upstream.AddComponent("dm", "v1.16.1");
        upstream.AddComponent("tidb", "v8.5.0");
        upstream.Publish();
        return upstream;
    }
}
