using System.Text;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Publishing;

/// <summary>What is made and published is what TiUP makes, and can be read.</summary>
public sealed class MirrorPublisherTests(EmptyMirror empty) : PublishingTests(empty)
{
    [Fact]
    public async Task Makes_a_mirror_with_the_roles_and_files_of_TiUP()
    {
        using var publisher = await InitAsync();

        Assert.Equal(["1.index.json", "1.root.json", "root.json", "snapshot.json", "timestamp.json"], Files(Mirror).Where(file => file != "lock"));
        Assert.Equal(["index", "root", "root", "root", "snapshot", "timestamp"], Files(Keys).Select(file => file[17..^5]).Order());
        var mirror = await ReadAsync();
        Assert.Equal(
            ["root 1 3 2027-11-22T12:00:00Z", "timestamp 1 1 2026-12-22T12:00:00Z", "snapshot 0 1 2026-12-22T12:00:00Z", "index 1 1 2027-11-22T12:00:00Z"],
            mirror.Roles.Select(role => $"{role.Name} {role.Version} {role.Threshold} {Rfc3339.Format(role.Expires)}"));
        Assert.True(new FileInfo(Path.Combine(Mirror, "timestamp.json")).Length <= 1024);
    }

    [Fact]
    public async Task Keeps_keys_where_only_their_owner_can_read_them()
    {
        using var publisher = await InitAsync();

        Assert.Equal(Place["mirror-keys"], MirrorPublisher.DefaultKeysDirectory(Mirror + "/"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, new DirectoryInfo(MirrorPublisher.DefaultKeysDirectory(EmptyPath)).UnixFileMode);
        Assert.All(Directory.GetFiles(Keys), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(file).UnixFileMode));
    }

    [Fact]
    public async Task Refuses_to_keep_keys_where_they_would_be_served() => Assert.Equal(
        $"the keys in {Mirror}/keys would be served to everyone who reads the mirror {Mirror}; keep them outside of it, as in {Mirror}-keys",
        await RefusalAsync(() => MirrorPublisher.InitAsync(Mirror, Path.Combine(Mirror, "keys"), Time)));

    /// <summary>As TiUP lays a mirror out: its keys are served with it.</summary>
    [Fact]
    public async Task Refuses_a_mirror_that_holds_private_keys_unless_told_otherwise()
    {
        EmptyMirror.Copy(Golden.Mirror, Mirror);
        EmptyMirror.Copy(Golden.Keys, Path.Combine(Mirror, "keys"));

        Assert.Equal(
            $"{Path.Combine(Mirror, "keys", "266d91a8525e9ab1-timestamp.json")} is a private key, and would be served to everyone who reads the mirror {Mirror}; "
                + $"move the keys to {Keys}, or say --allow-keys-in-mirror if nobody is served them",
            await RefusalAsync(() => MirrorPublisher.OpenAsync(Mirror, null, Time)));
        using var publisher = await MirrorPublisher.OpenAsync(Mirror, null, Time, ServedKeys.Allowed);
        await publisher.YankAsync("dm-worker", "v8.5.1");
        using var client = await ClientAsync();
        Assert.Equal("v8.5.0", (await client.ResolveAsync("dm-worker", null, Amd64)).Version.Text);
    }

    [Fact]
    public async Task Refuses_aPlace_that_is_not_empty()
    {
        Directory.CreateDirectory(Mirror);
        await File.WriteAllTextAsync(Path.Combine(Mirror, "index.html"), "");

        Assert.Equal($"{Mirror} is not empty; a new mirror needs a directory of its own", await RefusalAsync(() => MirrorPublisher.InitAsync(Mirror, Keys, Time)));
        Assert.False(Directory.Exists(Keys));
    }

    [Fact]
    public async Task Refuses_to_open_what_is_no_mirror()
    {
        Assert.Equal($"{Mirror} is not a mirror: it does not exist; `mirror init` makes one", await RefusalAsync(() => MirrorPublisher.OpenAsync(Mirror, Keys, Time)));
        Directory.CreateDirectory(Mirror);
        Assert.Equal($"{Mirror} is not a mirror: it has no root.json; `mirror init` makes one", await RefusalAsync(() => MirrorPublisher.OpenAsync(Mirror, Keys, Time)));
    }

    [Fact]
    public async Task What_is_published_can_be_downloaded()
    {
        using var publisher = await InitAsync();
        await publisher.GrantAsync("pingcap", "PingCAP");
        var tarball = Tarball("dm-worker/dm-worker", "first");

        await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, tarball, "dm-worker/dm-worker", "the worker");
        await publisher.PublishAsync("dm-worker", "v8.5.0", Platform.Parse("linux/arm64"), Tarball("dm-worker/dm-worker", "arm"), "dm-worker/dm-worker");
        await publisher.PublishAsync("dm-worker", "v9.0.0-alpha-nightly-20261122", Amd64, Tarball("dm-worker/dm-worker", "nightly"), "dm-worker/dm-worker");

        using var client = await ClientAsync();
        var package = await client.DownloadAsync("dm-worker", null, Amd64, Place["out.tar.gz"]);
        Assert.Equal(await File.ReadAllBytesAsync(tarball), await File.ReadAllBytesAsync(package.Path));
        Assert.Equal("v9.0.0-alpha-nightly-20261122", (await client.ResolveAsync("dm-worker", "nightly", Amd64)).Version.Text);
        var manifest = await client.GetComponentAsync("dm-worker");
        Assert.Equal(("the worker", 3, 3), (manifest.Description, manifest.Version, manifest.Items.Count));
    }

    [Fact]
    public async Task Every_manifest_is_canonical_and_has_every_field_of_the_protocol()
    {
        using var publisher = await InitAsync();
        await publisher.GrantAsync("pingcap", "PingCAP");
        await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, Tarball("dm-worker/dm-worker", "x"), "dm-worker/dm-worker");

        (string Mine, string Theirs)[] pairs =
        [
            ("root.json", "root.json"), ("timestamp.json", "timestamp.json"), ("snapshot.json", "snapshot.json"), ("3.index.json", "5.index.json"), ("1.dm-worker.json", "14.dm-worker.json"),
        ];
        Assert.All(pairs, pair =>
        {
            var bytes = File.ReadAllBytes(Path.Combine(Mirror, pair.Mine));
            Assert.Equal(Encoding.UTF8.GetString(CanonicalJson.Write(JsonNode.Parse(bytes))), Encoding.UTF8.GetString(bytes));
            Assert.Equal(Members(JsonNode.Parse(Golden.Read(pair.Theirs))!["signed"]!), Members(JsonNode.Parse(bytes)!["signed"]!));
        });

        static IEnumerable<string> Members(JsonNode node) => node.AsObject().Select(member => member.Key);
    }

    [Fact]
    public async Task Goes_on_where_TiUP_stopped()
    {
        EmptyMirror.Copy(Golden.Mirror, Mirror);
        EmptyMirror.Copy(Golden.Keys, Keys);
        using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, Time);

        await publisher.PublishAsync("dm-worker", "v8.5.0-hotfix.1", Amd64, Tarball("dm-worker/dm-worker", "hotfix"), "dm-worker/dm-worker");
        await publisher.YankAsync("dm-worker", "v8.5.1");
        await publisher.YankAsync("dm-worker", "v7.1.0", yanked: false);

        using var client = await ClientAsync();
        var manifest = await client.GetComponentAsync("dm-worker");
        Assert.Equal(17, manifest.Version);
        Assert.Equal("v8.5.0", (await client.ResolveAsync("dm-worker", null, Amd64)).Version.Text);
        Assert.Equal("v8.5.0-hotfix.1", (await client.DownloadAsync("dm-worker", "v8.5.0-hotfix.1", Amd64, Place["out"])).Item.Version.Text);
        Assert.False((await client.ResolveAsync("dm-worker", "v7.1.0", Platform.Parse("linux/arm64"))).Yanked);
        Assert.Equal(47, (await client.RefreshAsync()).Roles[1].Version);
    }

    [Theory]
    [InlineData("root")]
    [InlineData("timestamp")]
    [InlineData("component")]
    [InlineData("a/../b")]
    public async Task Refuses_an_owner_with_the_name_of_a_role(string id)
    {
        using var publisher = await InitAsync();

        Assert.Equal(
            $"'{id}' cannot be the id of an owner: take letters, digits, dots and dashes, and not the name of a role", await RefusalAsync(() => publisher.GrantAsync(id, "x")));
    }

    [Fact]
    public async Task Refuses_an_owner_that_exists()
    {
        using var publisher = await InitAsync();
        await publisher.GrantAsync("pingcap", "PingCAP");

        Assert.Equal("owner pingcap exists already", await RefusalAsync(() => publisher.GrantAsync("pingcap", "PingCAP")));
    }

    [Theory]
    [InlineData("nightly", "'nightly' is not a version to publish; write it as v8.5.0 or v8.5.0-hotfix.1")]
    [InlineData("8.5.0", "'8.5.0' is not a version to publish; write it as v8.5.0 or v8.5.0-hotfix.1")]
    [InlineData("v8.5.0/x", "'v8.5.0/x' is not a version to publish; write it as v8.5.0 or v8.5.0-hotfix.1")]
    public async Task Refuses_a_version_that_TiUP_could_not_order(string version, string refusal)
    {
        using var publisher = await InitAsync();

        Assert.Equal(refusal, await RefusalAsync(() => publisher.PublishAsync("dm-worker", version, Amd64, Tarball("a/b", "x"), "a/b")));
    }

    [Fact]
    public async Task Refuses_a_package_without_the_entry()
    {
        using var publisher = await InitAsync();
        await publisher.GrantAsync("pingcap", "PingCAP");
        var tarball = Tarball("dm-worker/dm-worker", "x");

        Assert.Equal($"{tarball} has no entry dm-worker; its programs are dm-worker/dm-worker", await RefusalAsync(() => publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, tarball, "dm-worker")));
        var sleeping = Tarball("dm-worker/dm-worker", "x", UnixFileMode.UserRead);
        Assert.Equal(
            $"the entry dm-worker/dm-worker in {sleeping} is not a file that its owner can run",
            await RefusalAsync(() => publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, sleeping, "dm-worker/dm-worker")));
        await File.WriteAllTextAsync(Place["text"], "no package");
        Assert.StartsWith(
            $"cannot read {Place["text"]} as a .tar.gz: ", await RefusalAsync(() => publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, Place["text"], "x")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replaces_a_version_only_when_told_to_and_under_another_file_name()
    {
        using var publisher = await InitAsync();
        await publisher.GrantAsync("pingcap", "PingCAP");
        var first = await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, Tarball("dm-worker/dm-worker", "first"), "dm-worker/dm-worker");
        var second = Tarball("dm-worker/dm-worker", "second");

        Assert.Equal(
            "dm-worker v8.5.0 for linux/amd64 exists already; publish another version, or replace it with `mirror publish --force`",
            await RefusalAsync(() => publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, second, "dm-worker/dm-worker")));
        var item = await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, second, "dm-worker/dm-worker", force: true);

        Assert.Equal("dm-worker-v8.5.0-linux-amd64.tar.gz", first.FileName);
        Assert.Equal($"dm-worker-v8.5.0-linux-amd64-{item.Sha256[..12]}.tar.gz", item.FileName);
        using var client = await ClientAsync();
        Assert.Equal(await File.ReadAllBytesAsync(second), await File.ReadAllBytesAsync((await client.EnsureCachedAsync("dm-worker", "v8.5.0", Amd64)).Path));
    }

    [Fact]
    public async Task Needs_an_owner_and_says_which_when_there_are_several()
    {
        using var publisher = await InitAsync();
        var tarball = Tarball("a/b", "x");
        Assert.Equal($"{Keys} has no key of an owner on {Mirror}; `mirror grant` makes one", await RefusalAsync(() => publisher.PublishAsync("new", "v1.0.0", Amd64, tarball, "a/b")));
        await publisher.GrantAsync("one", "One");
        await publisher.GrantAsync("two", "Two");

        Assert.Equal("component new is new; say which owner it belongs to: one, two", await RefusalAsync(() => publisher.PublishAsync("new", "v1.0.0", Amd64, tarball, "a/b")));
        await publisher.PublishAsync("new", "v1.0.0", Amd64, tarball, "a/b", owner: "two");
        Assert.Equal("component new belongs to two, not to one", await RefusalAsync(() => publisher.PublishAsync("new", "v1.0.1", Amd64, tarball, "a/b", owner: "one")));
        Assert.Equal($"{Mirror} has no owner three; `mirror grant` makes one", await RefusalAsync(() => publisher.PublishAsync("other", "v1.0.1", Amd64, tarball, "a/b", owner: "three")));
    }
}
