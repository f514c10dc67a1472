using TiupDmNet.Mirror.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests.Publishing;

/// <summary>What is said of a component in the golden mirror, changed in its directory.</summary>
public sealed class ModifyTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FixedTime _time = FixedTime.OfGoldenMirror;

    public ModifyTests()
    {
        EmptyMirror.Copy(Golden.Mirror, Mirror);
        EmptyMirror.Copy(Golden.Keys, Mirror + "-keys");
    }

    private string Mirror => _directory["mirror"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Changes_what_is_said_and_leaves_the_rest_as_it_is()
    {
        var before = await ReadAsync();
        using var publisher = await OpenAsync();

        var hidden = await publisher.ModifyAsync(new Modification { Component = "dm-worker", Description = "the worker", Hidden = true });
        var alone = await publisher.ModifyAsync(new Modification { Component = "dm-worker", Standalone = true });
        var listed = await publisher.ModifyAsync(new Modification { Component = "dm-worker", Hidden = false });

        Assert.Equal([(true, before.Said.Standalone), (true, true), (false, true)], new[] { hidden, alone, listed }.Select(said => (said.Hidden, said.Standalone)));
        var after = await ReadAsync();
        Assert.Equal((listed, "the worker"), (after.Said, after.Manifest.Description));
        Assert.Equal(before.Manifest.Items, after.Manifest.Items);
    }

    [Fact]
    public async Task Signs_the_manifest_of_a_component_only_where_it_changes()
    {
        var before = (await ReadAsync()).Manifest.Version;
        using var publisher = await OpenAsync();

        await publisher.ModifyAsync(new Modification { Component = "dm-worker", Hidden = true });
        var flagged = (await ReadAsync()).Manifest.Version;
        await publisher.ModifyAsync(new Modification { Component = "dm-worker", Description = "the worker" });

        Assert.Equal((before, before + 1), (flagged, (await ReadAsync()).Manifest.Version));
    }

    [Fact]
    public async Task A_component_that_is_given_away_is_signed_by_its_new_owner()
    {
        var before = (await ReadAsync()).Manifest;
        using var publisher = await OpenAsync();
        await publisher.GrantAsync("support", "Support");

        var given = await publisher.ModifyAsync(new Modification { Component = "dm-worker", Owner = "support" });
        var nobody = await Assert.ThrowsAsync<MirrorException>(() => publisher.ModifyAsync(new Modification { Component = "dm-worker", Owner = "nobody" }));

        var after = await ReadAsync();
        Assert.Equal(("support", "support"), (given.Owner, after.Said.Owner));
        Assert.Equal(before.Version + 1, after.Manifest.Version);
        Assert.Equal(before.Items, after.Manifest.Items);
        Assert.Equal($"{Mirror} has no owner nobody; `mirror grant` makes one", nobody.Message);
    }

    [Fact]
    public async Task A_component_that_is_not_there_cannot_be_changed()
    {
        using var publisher = await OpenAsync();

        var error = await Assert.ThrowsAsync<MirrorException>(() => publisher.ModifyAsync(new Modification { Component = "dm-tool", Hidden = true }));

        Assert.Equal($"{Mirror} has no component dm-tool", error.Message);
    }

    private async Task<(ComponentSummary Said, ComponentManifest Manifest)> ReadAsync()
    {
        var settings = new MirrorSettings { Home = MirrorHarness.HomeAt(_directory["home"]) };
        await new MirrorProfile(settings, _time).SetAsync(Mirror);
        using var client = new MirrorClient(settings, _time);
        return ((await client.ListComponentsAsync()).Single(component => component.Id == "dm-worker"), await client.GetComponentAsync("dm-worker"));
    }

    private Task<MirrorPublisher> OpenAsync() => MirrorPublisher.OpenAsync(Mirror, Mirror + "-keys", _time);
}
