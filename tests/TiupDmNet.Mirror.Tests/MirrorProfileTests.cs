using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests;

public sealed class MirrorProfileTests
{
    private readonly RepositorySimulator _mirror = new();

    [Fact]
    public async Task Shows_a_root_before_it_is_trusted()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        var profile = new MirrorProfile(harness.Settings with { Home = MirrorHarness.HomeAt(harness["other"]) }, harness.Time);

        var root = await profile.PreviewRootAsync(harness.Server.Address);

        Assert.Equal((1, 3, new DateTimeOffset(2027, 11, 22, 8, 43, 56, TimeSpan.Zero)), (root.Version, root.Threshold, root.Expires));
        Assert.Equal(["2cee419c45e1a927", "40f1526f0d3e5bfb", "f4f4df02d96e994e"], root.KeyIds.Select(id => id[..16]));
        Assert.Equal(harness.Server.Address + "root.json", root.Source);
        Assert.True(root is { IsInsecure: true, IsExpired: false, ReplacesTrustedRoot: false });
        Assert.False(Directory.Exists(harness["other"]));
    }

    [Fact]
    public async Task Sets_a_mirror_as_TiUP_does()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);

        Assert.Equal($"mirror = \"{harness.Server.Address}\"\n", await File.ReadAllTextAsync(harness.Home.ConfigFile));
        Assert.Equal(_mirror.Root, await File.ReadAllBytesAsync(Path.Combine(harness.Home.BinDirectory, "root.json")));
        Assert.Equal(_mirror.Root, await File.ReadAllBytesAsync(Path.Combine(harness.Home.BinDirectory, MirrorAddress.PinName(harness.Server.Address))));
        Assert.Equal(harness.Server.Address, new MirrorProfile(harness.Home).Address);
    }

    [Fact]
    public async Task Trusts_what_was_shown_though_the_server_has_changed_its_mind()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        var home = MirrorHarness.HomeAt(harness["other"]);
        var profile = new MirrorProfile(harness.Settings with { Home = home }, harness.Time);
        var shown = await profile.PreviewRootAsync(harness.Server.Address);
        harness.Server.Faults = _ => new Answer { Body = _mirror.Root };

        await profile.SetAsync(shown, replaceTrustedRoot: false);

        Assert.Equal(Golden.Read("root.json"), await File.ReadAllBytesAsync(Path.Combine(home.BinDirectory, "root.json")));
    }

    [Fact]
    public async Task Does_not_replace_a_trusted_root_without_being_told_to()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var profile = new MirrorProfile(harness.Settings, harness.Time);

        Assert.Equal(
            $"this profile trusts another root ({harness.Home.BinDirectory}/root.json) than that of {Golden.Mirror} (version 1, keys 2cee419c45e1a927, 40f1526f0d3e5bfb, f4f4df02d96e994e); "
            + $"compare the keys, then `mirror set {Golden.Mirror} --reset` trusts this one instead",
            await harness.RefusalAsync(() => profile.SetAsync(Golden.Mirror)));
        Assert.Equal(harness.Server.Address, profile.Address);
        Assert.Equal(_mirror.Root, await File.ReadAllBytesAsync(Path.Combine(harness.Home.BinDirectory, "root.json")));
    }

    [Fact]
    public async Task Replaces_a_trusted_root_when_told_to_and_forgets_what_was_seen()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.Publish();
        await harness.RefreshAsync();
        var profile = new MirrorProfile(harness.Settings, harness.Time);

        // Rebuilt from a backup, with the same keys.
        var rebuilt = new RepositorySimulator();
        foreach (var (name, bytes) in rebuilt.Files)
        {
            _mirror.Files[name] = bytes;
        }

        _mirror.Files["root.json"] = rebuilt.Root;
        await harness.RefusalAsync();
        await profile.SetAsync(harness.Server.Address, replaceTrustedRoot: true);

        Assert.Equal(1, (await harness.RefreshAsync()).Roles[1].Version);
    }

    [Fact]
    public async Task A_newer_root_of_the_same_mirror_continues_the_trust_and_the_memory()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        _mirror.NextRoot();
        _mirror.PublishRoot();
        _mirror.Publish();
        await harness.RefreshAsync();
        var old = _mirror.Files["timestamp.json"];
        _mirror.Publish();
        await harness.RefreshAsync();

        await new MirrorProfile(harness.Settings, harness.Time).SetAsync(harness.Server.Address, harness.Server.Address + "2.root.json");
        _mirror.Files["timestamp.json"] = old;

        Assert.Contains("it went back to version 2 after 3 was seen here", await harness.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_body_that_is_no_root()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var profile = new MirrorProfile(harness.Settings with { Home = MirrorHarness.HomeAt(harness["other"]) }, harness.Time);
        harness.Server.Faults = _ => new Answer { Body = "<html>log in</html>"u8.ToArray() };

        Assert.Equal(
            $"root.json of {harness.Server.Address.TrimEnd('/')} cannot be trusted: it is not JSON (it begins with '<html>log in</html>')",
            (await Assert.ThrowsAnyAsync<MirrorException>(() => profile.SetAsync(harness.Server.Address))).Message);
        Assert.False(Directory.Exists(harness["other"]));
    }

    [Fact]
    public async Task Refuses_a_root_that_too_few_of_its_own_keys_have_signed()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var profile = new MirrorProfile(harness.Settings with { Home = MirrorHarness.HomeAt(harness["other"]) }, harness.Time);
        _mirror.Files["root.json"] = Drafts.Sign(_mirror.RootDraft, [KeyPool.Get("root-1")]);

        Assert.EndsWith(
            "root.json of MIRROR cannot be trusted: 1 of the 2 needed signatures by keys of root hold",
            (await harness.RefusalAsync(() => profile.SetAsync(harness.Server.Address))).Replace(harness.Server.Address.TrimEnd('/'), "MIRROR", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_where_it_looked_when_there_is_no_root()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        var profile = new MirrorProfile(harness.Settings with { Home = MirrorHarness.HomeAt(harness["other"]) }, harness.Time);
        Directory.CreateDirectory(harness["empty"]);

        Assert.Equal($"there is no {harness["empty"]}/root.json; is this the address of a TiUP mirror?", await harness.RefusalAsync(() => profile.SetAsync(harness["empty"])));
        Assert.Equal(
            $"the mirror {harness["nowhere"]} is not a directory that exists; `mirror set` takes a URL or the directory of a mirror", await harness.RefusalAsync(() => profile.SetAsync(harness["nowhere"])));
    }

    [Fact]
    public async Task Says_what_to_do_when_nothing_is_trusted()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        using var client = harness.Client(settings => settings with { Home = MirrorHarness.HomeAt(harness["other"]), AddressOverride = harness.Server.Address });

        Assert.Equal(
            $"no root is trusted yet ({harness["other"]}/bin/root.json does not exist); `mirror set MIRROR` shows that of the mirror and trusts it", await harness.RefusalAsync(() => client.RefreshAsync()));
    }

    [Fact]
    public async Task Another_address_alone_changes_nothing_of_the_trust_and_touches_nothing_of_TiUPs()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        await harness.RefreshAsync();
        var before = Snapshot(harness.Home.Root);
        await using var copy = new TestServer(_mirror.Get);
        await using var stranger = TestServer.OfDirectory(Golden.Mirror);

        using var ofCopy = harness.Client(settings => settings with { AddressOverride = copy.Address });
        Assert.Equal(copy.Address, (await ofCopy.RefreshAsync()).Address);
        using var ofStranger = harness.Client(settings => settings with { AddressOverride = stranger.Address });
        Assert.Equal(
            "2.root.json of MIRROR cannot be trusted: 0 of the 2 needed signatures by keys of root hold" + MirrorHarness.AnotherMirror,
            (await harness.RefusalAsync(() => ofStranger.RefreshAsync())).Replace(stranger.Address, "MIRROR", StringComparison.Ordinal));

        Assert.Equal(before, Snapshot(harness.Home.Root));
    }

    [Fact]
    public async Task A_cache_that_is_damaged_or_foreign_heals()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        await harness.GetComponentAsync("dm-worker");
        var good = Snapshot(harness.Home.Root);
        foreach (var (file, index) in Directory.GetFiles(harness.Home.ManifestsDirectory).Select((file, index) => (file, index)))
        {
            await File.WriteAllBytesAsync(file, (index % 3) switch { 0 => [], 1 => "null"u8.ToArray(), _ => _mirror.Root });
        }

        await harness.GetComponentAsync("dm-worker");

        Assert.Equal(good, Snapshot(harness.Home.Root));
    }

    [Fact]
    public async Task A_trust_anchor_that_TiUP_truncated_is_made_up_for_by_the_verified_root_in_the_cache()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        await harness.RefreshAsync();
        await File.WriteAllTextAsync(Path.Combine(harness.Home.BinDirectory, "root.json"), "");

        Assert.Equal(3, (await harness.RefreshAsync()).Roles[0].Version);
    }

    [Fact]
    public async Task A_damaged_memory_is_begun_anew()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();
        await harness.RefreshAsync();
        var memory = Path.Combine(harness.Home.Root, "storage/dm-patch/mirror-state.json");
        var good = await File.ReadAllTextAsync(memory);
        foreach (var damage in (string[])["", "[]", """{"anchors":7}""", good.Replace("44", "\"44\"", StringComparison.Ordinal)])
        {
            await File.WriteAllTextAsync(memory, damage);
            await harness.RefreshAsync();
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(good), JsonNode.Parse(await File.ReadAllTextAsync(memory))));
        }
    }

    [Fact]
    public async Task Parallel_commands_do_not_get_into_each_others_way()
    {
        await using var harness = await MirrorHarness.OfGoldenMirrorAsync();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => harness.GetComponentAsync("dm-worker")));

        Assert.DoesNotContain(Directory.GetFiles(harness.Home.ManifestsDirectory), file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mirror = \"https://a/\"", "https://a/")]
    [InlineData("# comment\n  mirror='https://b/' # there\n", "https://b/")]
    [InlineData("mirror = \"/a \\\"b\\\" \\\\ c\"", "/a \"b\" \\ c")]
    [InlineData("other = 1\n", "https://tiup-mirrors.pingcap.com/")]
    [InlineData("mirror = \"\"", "https://tiup-mirrors.pingcap.com/")]
    public async Task Reads_the_address_from_tiup_toml(string toml, string address)
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        await File.WriteAllTextAsync(harness.Home.ConfigFile, toml);

        Assert.Equal(address, new MirrorProfile(harness.Home).Address);
    }

    [Fact]
    public async Task Says_which_line_of_tiup_toml_it_does_not_understand()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        await File.WriteAllTextAsync(harness.Home.ConfigFile, "mirror = https://a/\n");

        Assert.Equal(
            $"{harness.Home.ConfigFile} says `mirror = https://a/`, which is no TOML text; `mirror set` writes it anew", Assert.Throws<MirrorException>(() => new MirrorProfile(harness.Home).Address).Message);
    }

    [Fact]
    public async Task Leaves_the_rest_of_tiup_toml_as_it_is()
    {
        await using var harness = await MirrorHarness.StartAsync(_mirror);
        await File.WriteAllTextAsync(harness.Home.ConfigFile, "# mine\nmirror = \"x\"\nother = 1\n");

        await new MirrorProfile(harness.Settings, harness.Time).SetAsync(harness.Server.Address);

        Assert.Equal($"# mine\nmirror = \"{harness.Server.Address}\"\nother = 1\n", await File.ReadAllTextAsync(harness.Home.ConfigFile));
    }

    /// <summary>TiUP's part of a profile, by path and content.</summary>
    private static SortedDictionary<string, string> Snapshot(string root) => new(
        Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/storage/", StringComparison.Ordinal))
            .ToDictionary(file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))),
        StringComparer.Ordinal);
}
