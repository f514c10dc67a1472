using TiupDmNet.Mirror.Publishing.Roots;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Publishing;

/// <summary>A mirror over the years: withdrawn versions, manifests that expire, roots.</summary>
public sealed class UpkeepTests(EmptyMirror empty) : PublishingTests(empty)
{
    [Fact]
    public async Task A_client_of_before_goes_on_after_each_change()
    {
        using var publisher = await InitAsync();
        using var client = await ClientAsync();
        await publisher.GrantAsync("pingcap", "PingCAP");
        Assert.Equal(2, (await client.RefreshAsync()).Roles[3].Version);
        await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, Tarball("dm-worker/dm-worker", "x"), "dm-worker/dm-worker");
        Assert.Equal(3, (await client.RefreshAsync()).Roles[3].Version);
    }

    [Fact]
    public async Task Renews_what_expires_even_after_it_has()
    {
        using var publisher = await InitAsync();
        Time.Now += TimeSpan.FromDays(100);

        await publisher.RefreshAsync(TimeSpan.FromDays(60));

        Assert.Equal(Time.Now.AddDays(30), (await ReadAsync()).Roles[1].Expires);
    }

    [Fact]
    public async Task Lengthens_the_index_and_the_components_that_expire_soon()
    {
        using var publisher = await PublishedAsync();
        Time.Now += TimeSpan.FromDays(1800);

        var left = await publisher.RefreshAsync(TimeSpan.FromDays(60));

        Assert.Equal(["root"], left.Select(manifest => manifest.Name));
        using var client = await ClientAsync();
        var seen = await client.InspectAsync(components: true);
        Assert.Equal(Time.Now.AddDays(365), seen.Roles[3].Expires);
        Assert.Equal([("dm-worker", 2L, Time.Now.AddDays(5 * 365))], seen.Components.Select(component => (component.Name, component.Version, component.Expires)));
    }

    [Fact]
    public async Task Says_what_it_cannot_lengthen_because_the_owners_key_is_elsewhere()
    {
        using (await PublishedAsync())
        {
        }

        File.Delete(Assert.Single(Directory.GetFiles(Keys, "*-dba.json")));
        Time.Now += TimeSpan.FromDays(1800);
        using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, Time);

        var left = await publisher.RefreshAsync(TimeSpan.FromDays(60));

        Assert.Equal(["root", "dm-worker"], left.Select(manifest => manifest.Name));
    }

    [Fact]
    public async Task The_next_root_is_taken_over_by_clients_of_before_and_keeps_the_mirror_readable_after_the_first_has_expired()
    {
        using var publisher = await PublishedAsync();
        using var before = await ClientAsync();
        await before.RefreshAsync();
        Time.Now += TimeSpan.FromDays(300);

        var root = await publisher.RotateAsync(new RootChange());
        await publisher.RefreshAsync(TimeSpan.FromDays(100));
        var seen = await before.RefreshAsync();

        Assert.Equal((2L, Time.Now.AddDays(365)), (root.Version, root.Expires));
        Assert.Equal((2L, root.Expires), (seen.Roles[0].Version, seen.Roles[0].Expires));
        Time.Now += TimeSpan.FromDays(100);
        await publisher.RefreshAsync(TimeSpan.Zero);
        Assert.Equal(2, (await ReadAsync()).Roles[0].Version);
    }

    [Fact]
    public async Task A_new_root_needs_the_keys_of_the_old_one()
    {
        using (await InitAsync())
        {
        }

        File.Delete(Directory.GetFiles(Keys, "*-root.json")[0]);
        using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, Time);

        Assert.StartsWith($"root 2 of {Mirror} cannot be used yet: 2 of the 3 needed signatures by keys of the present root are there (", await RefusalAsync(() => publisher.RotateAsync(new RootChange())), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Mirror, "2.root.json")));
    }

    [Fact]
    public async Task Withdraws_a_whole_component_and_takes_that_back()
    {
        using var publisher = await PublishedAsync();

        await publisher.YankAsync("dm-worker", version: null);
        using (var client = await ClientAsync())
        {
            Assert.True((await client.ListComponentsAsync()).Single().Yanked);
        }

        await publisher.YankAsync("dm-worker", version: null, yanked: false);
        using (var client = await ClientAsync())
        {
            Assert.False((await client.ListComponentsAsync()).Single().Yanked);
        }

        Assert.Equal($"{Mirror} has no component dm-master", await RefusalAsync(() => publisher.YankAsync("dm-master", version: null)));
    }

    [Fact]
    public async Task Needs_the_keys_of_the_roles()
    {
        (await InitAsync()).Dispose();
        var file = Directory.GetFiles(Keys, "*-snapshot.json").Single();
        File.Delete(file);
        await File.WriteAllTextAsync(Path.Combine(Keys, "notes.json"), "no key");
        using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, Time);

        Assert.Equal(
            $"snapshot needs 1 signatures, and {Keys} has 0 of its keys ({Path.GetFileName(file)[..16]})", await RefusalAsync(() => publisher.RefreshAsync(TimeSpan.FromDays(60))));
    }
}
