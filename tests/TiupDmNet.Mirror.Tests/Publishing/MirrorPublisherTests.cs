using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Mirror.Tests.Publishing;

public sealed class MirrorPublisherTests(EmptyMirror empty) : IClassFixture<EmptyMirror>, IDisposable
{
    private static readonly Platform Amd64 = Platform.Parse("linux/amd64");

    private readonly TempDirectory _directory = new();
    private readonly FixedTime _time = FixedTime.OfGoldenMirror;

    private string Mirror => _directory["mirror"];

    private string Keys => _directory["mirror-keys"];

    public void Dispose() => _directory.Dispose();

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

        Assert.Equal(_directory["mirror-keys"], MirrorPublisher.DefaultKeysDirectory(Mirror + "/"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, new DirectoryInfo(MirrorPublisher.DefaultKeysDirectory(empty.Path)).UnixFileMode);
        Assert.All(Directory.GetFiles(Keys), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(file).UnixFileMode));
    }

    [Fact]
    public async Task Refuses_to_keep_keys_where_they_would_be_served() => Assert.Equal(
        $"the keys in {Mirror}/keys would be served to everyone who reads the mirror {Mirror}; keep them outside of it, as in {Mirror}-keys",
        await RefusalAsync(() => MirrorPublisher.InitAsync(Mirror, Path.Combine(Mirror, "keys"), _time)));

    /// <summary>As TiUP lays a mirror out: its keys are served with it.</summary>
    [Fact]
    public async Task Refuses_a_mirror_that_holds_private_keys_unless_told_otherwise()
    {
        EmptyMirror.Copy(Golden.Mirror, Mirror);
        EmptyMirror.Copy(Golden.Keys, Path.Combine(Mirror, "keys"));

        Assert.Equal(
            $"{Path.Combine(Mirror, "keys", "266d91a8525e9ab1-timestamp.json")} is a private key, and would be served to everyone who reads the mirror {Mirror}; "
                + $"move the keys to {Keys}, or say --allow-keys-in-mirror if nobody is served them",
            await RefusalAsync(() => MirrorPublisher.OpenAsync(Mirror, null, _time)));
        using var publisher = await MirrorPublisher.OpenAsync(Mirror, null, _time, ServedKeys.Allowed);
        await publisher.YankAsync("dm-worker", "v8.5.1");
        using var client = await ClientAsync();
        Assert.Equal("v8.5.0", (await client.ResolveAsync("dm-worker", null, Amd64)).Version.Text);
    }

    [Fact]
    public async Task Refuses_a_directory_that_is_not_empty()
    {
        Directory.CreateDirectory(Mirror);
        await File.WriteAllTextAsync(Path.Combine(Mirror, "index.html"), "");

        Assert.Equal($"{Mirror} is not empty; a new mirror needs a directory of its own", await RefusalAsync(() => MirrorPublisher.InitAsync(Mirror, Keys, _time)));
        Assert.False(Directory.Exists(Keys));
    }

    [Fact]
    public async Task Refuses_to_open_what_is_no_mirror()
    {
        Assert.Equal($"{Mirror} is not a mirror: it does not exist; `mirror init` makes one", await RefusalAsync(() => MirrorPublisher.OpenAsync(Mirror, Keys, _time)));
        Directory.CreateDirectory(Mirror);
        Assert.Equal($"{Mirror} is not a mirror: it has no root.json; `mirror init` makes one", await RefusalAsync(() => MirrorPublisher.OpenAsync(Mirror, Keys, _time)));
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
        var package = await client.DownloadAsync("dm-worker", null, Amd64, _directory["out.tar.gz"]);
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
        using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, _time);

        await publisher.PublishAsync("dm-worker", "v8.5.0-hotfix.1", Amd64, Tarball("dm-worker/dm-worker", "hotfix"), "dm-worker/dm-worker");
        await publisher.YankAsync("dm-worker", "v8.5.1");
        await publisher.YankAsync("dm-worker", "v7.1.0", yanked: false);

        using var client = await ClientAsync();
        var manifest = await client.GetComponentAsync("dm-worker");
        Assert.Equal(17, manifest.Version);
        Assert.Equal("v8.5.0", (await client.ResolveAsync("dm-worker", null, Amd64)).Version.Text);
        Assert.Equal("v8.5.0-hotfix.1", (await client.DownloadAsync("dm-worker", "v8.5.0-hotfix.1", Amd64, _directory["out"])).Item.Version.Text);
        Assert.False((await client.ResolveAsync("dm-worker", "v7.1.0", Platform.Parse("linux/arm64"))).Yanked);
        Assert.Equal(47, (await client.RefreshAsync()).Roles[1].Version);
    }

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
        _time.Now += TimeSpan.FromDays(100);

        await publisher.RefreshAsync(TimeSpan.FromDays(60));

        Assert.Equal(_time.Now.AddDays(30), (await ReadAsync()).Roles[1].Expires);
    }

    [Fact]
    public async Task Lengthens_the_index_and_the_components_that_expire_soon()
    {
        using var publisher = await PublishedAsync();
        _time.Now += TimeSpan.FromDays(1800);

        var left = await publisher.RefreshAsync(TimeSpan.FromDays(60));

        Assert.Equal(["root"], left.Select(manifest => manifest.Name));
        using var client = await ClientAsync();
        var seen = await client.InspectAsync(components: true);
        Assert.Equal(_time.Now.AddDays(365), seen.Roles[3].Expires);
        Assert.Equal([("dm-worker", 2L, _time.Now.AddDays(5 * 365))], seen.Components.Select(component => (component.Name, component.Version, component.Expires)));
    }

    [Fact]
    public async Task Says_what_it_cannot_lengthen_because_the_owners_key_is_elsewhere()
    {
        using (await PublishedAsync())
        {
        }

        File.Delete(Assert.Single(Directory.GetFiles(Keys, "*-dba.json")));
        _time.Now += TimeSpan.FromDays(1800);
        using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, _time);

        var left = await publisher.RefreshAsync(TimeSpan.FromDays(60));

        Assert.Equal(["root", "dm-worker"], left.Select(manifest => manifest.Name));
    }

    [Fact]
    public async Task The_next_root_is_taken_over_by_clients_of_before_and_keeps_the_mirror_readable_after_the_first_has_expired()
    {
        using var publisher = await PublishedAsync();
        using var before = await ClientAsync();
        await before.RefreshAsync();
        _time.Now += TimeSpan.FromDays(300);

        var root = await publisher.RotateAsync(new RootChange());
        await publisher.RefreshAsync(TimeSpan.FromDays(100));
        var seen = await before.RefreshAsync();

        Assert.Equal((2L, _time.Now.AddDays(365)), (root.Version, root.Expires));
        Assert.Equal((2L, root.Expires), (seen.Roles[0].Version, seen.Roles[0].Expires));
        _time.Now += TimeSpan.FromDays(100);
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
        using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, _time);

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
    public async Task Changes_what_is_said_of_a_component_and_leaves_the_rest_as_it_is()
    {
        using var publisher = await PublishedAsync();

        var hidden = await publisher.ModifyAsync(new Modification { Component = "dm-worker", Description = "the worker", Hidden = true });
        var alone = await publisher.ModifyAsync(new Modification { Component = "dm-worker", Standalone = true });
        var listed = await publisher.ModifyAsync(new Modification { Component = "dm-worker", Hidden = false });

        Assert.Equal([(true, false), (true, true), (false, true)], new[] { hidden, alone, listed }.Select(said => (said.Hidden, said.Standalone)));
        using var client = await ClientAsync();
        Assert.Equal(listed, (await client.ListComponentsAsync()).Single());
        var manifest = await client.GetComponentAsync("dm-worker");
        Assert.Equal("the worker", manifest.Description);
        Assert.NotEmpty(manifest.Items);
    }

    [Fact]
    public async Task A_component_that_is_not_there_cannot_be_changed()
    {
        using var publisher = await PublishedAsync();

        Assert.Equal($"{Mirror} has no component dm-master", await RefusalAsync(() => publisher.ModifyAsync(new Modification { Component = "dm-master", Hidden = true })));
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
        await File.WriteAllTextAsync(_directory["text"], "no package");
        Assert.StartsWith(
            $"cannot read {_directory["text"]} as a .tar.gz: ", await RefusalAsync(() => publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, _directory["text"], "x")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replaces_a_version_only_when_told_to_and_under_another_file_name()
    {
        using var publisher = await InitAsync();
        await publisher.GrantAsync("pingcap", "PingCAP");
        var first = await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, Tarball("dm-worker/dm-worker", "first"), "dm-worker/dm-worker");
        var second = Tarball("dm-worker/dm-worker", "second");

        Assert.Equal(
            "dm-worker v8.5.0 for linux/amd64 exists already; publish another version, or replace it with --force",
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

    [Fact]
    public async Task Needs_the_keys_of_the_roles()
    {
        (await InitAsync()).Dispose();
        var file = Directory.GetFiles(Keys, "*-snapshot.json").Single();
        File.Delete(file);
        await File.WriteAllTextAsync(Path.Combine(Keys, "notes.json"), "no key");
        using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, _time);

        Assert.Equal(
            $"snapshot needs 1 signatures, and {Keys} has 0 of its keys ({Path.GetFileName(file)[..16]})", await RefusalAsync(() => publisher.RefreshAsync(TimeSpan.FromDays(60))));
    }

    [Fact]
    public async Task Two_publishers_at_once_take_turns()
    {
        (await InitAsync()).Dispose();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(async number =>
        {
            using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, _time);
            await publisher.GrantAsync($"owner-{number}", "x");
        }));

        Assert.Equal(6, (await ReadAsync()).Roles[1].Version);
        Assert.Equal(6, (await ReadAsync()).Roles[3].Version);
    }

    /// <summary>A publisher that dies between any two of its renames.</summary>
    [Fact]
    public async Task A_publication_that_is_cut_anywhere_leaves_the_old_mirror_or_is_finished_by_the_next()
    {
        using (var publisher = await InitAsync())
        {
            await publisher.GrantAsync("pingcap", "PingCAP");
        }

        var before = Content(Mirror);
        using (var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, _time))
        {
            await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, Tarball("dm-worker/dm-worker", "x"), "dm-worker/dm-worker");
        }

        var after = Content(Mirror);
        const string Package = "dm-worker-v8.5.0-linux-amd64.tar.gz";
        string[] order = ["3.index.json", "1.dm-worker.json", "snapshot.json", "timestamp.json"];
        Assert.Equal(
            order.Append(Package).Order(StringComparer.Ordinal),
            after.Where(file => !before.TryGetValue(file.Key, out var old) || !old.SequenceEqual(file.Value)).Select(file => file.Key).Order(StringComparer.Ordinal));
        for (var done = -1; done <= order.Length; done++)
        {
            // From 0 on the change is decided; the journal has what is not in its place yet.
            Restore(Mirror, before, order.Take(int.Max(0, done)).Append(Package).ToDictionary(file => file, file => after[file]));
            var journal = Directory.CreateDirectory(Path.Combine(Mirror, done < 0 ? ".change.preparing" : ".change")).FullName;
            foreach (var (number, file) in order.Index().Skip(int.Max(0, done)))
            {
                await File.WriteAllBytesAsync(Path.Combine(journal, $"{number:00000}-{file}"), after[file]);
            }

            if (done != 3)
            {
                // With the new snapshot in place and the old timestamp, a reader would have to wait for the next rename.
                Assert.Equal(done == 4 ? 3 : 2, (await ReadAsync()).Roles[1].Version);
            }

            using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, _time);
            Assert.Equal(done >= 0 ? 3 : 2, (await ReadAsync()).Roles[1].Version);
            if (done < 0)
            {
                await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, Tarball("dm-worker/dm-worker", "x"), "dm-worker/dm-worker");
            }

            using var client = await ClientAsync();
            Assert.Equal("v8.5.0", (await client.ResolveAsync("dm-worker", null, Amd64)).Version.Text);
            Assert.Empty(Directory.GetDirectories(Mirror));
        }
    }

    [Fact]
    public async Task A_change_that_was_cut_off_does_not_undo_what_TiUP_has_published_since()
    {
        using (var publisher = await InitAsync())
        {
            await publisher.GrantAsync("pingcap", "PingCAP");
        }

        var journal = Directory.CreateDirectory(Path.Combine(Mirror, ".change")).FullName;
        File.Copy(Path.Combine(Mirror, "timestamp.json"), Path.Combine(journal, "00001-timestamp.json"));
        File.Copy(Path.Combine(Mirror, "1.index.json"), Path.Combine(journal, "00000-2.index.json"));

        using var next = await MirrorPublisher.OpenAsync(Mirror, Keys, _time);

        Assert.Equal(2, (await ReadAsync()).Roles[1].Version);
        Assert.Empty(Directory.GetDirectories(Mirror));
    }

    private Task<MirrorPublisher> InitAsync()
    {
        empty.CopyTo(Mirror);
        return MirrorPublisher.OpenAsync(Mirror, Keys, _time);
    }

    /// <summary>With an owner dba and a dm-worker v8.5.0 of theirs.</summary>
    private async Task<MirrorPublisher> PublishedAsync()
    {
        var publisher = await InitAsync();
        await publisher.GrantAsync("dba", "DBAs");
        await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, Tarball("dm-worker/dm-worker", "x"), "dm-worker/dm-worker");
        return publisher;
    }

    private async Task<MirrorClient> ClientAsync()
    {
        var settings = new MirrorSettings { Home = MirrorHarness.HomeAt(_directory[$"home-{Guid.NewGuid():N}"]), Attempts = 1 };
        await new MirrorProfile(settings, _time).SetAsync(Mirror);
        return new MirrorClient(settings, _time);
    }

    private async Task<TrustedMirror> ReadAsync()
    {
        using var client = await ClientAsync();
        return await client.RefreshAsync();
    }

    private string Tarball(string entry, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserExecute)
    {
        var path = _directory[$"{Guid.NewGuid():N}.tar.gz"];
        using var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        using var tar = new TarWriter(packed);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, entry) { Mode = mode, DataStream = new MemoryStream(Encoding.ASCII.GetBytes(content)) });
        return path;
    }

    private static async Task<string> RefusalAsync(Func<Task> action) => (await Assert.ThrowsAnyAsync<MirrorException>(action)).Message;

    private static IEnumerable<string> Files(string directory) => Directory.GetFiles(directory).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal);

    private static Dictionary<string, byte[]> Content(string directory) => Files(directory).Where(file => file != "lock").ToDictionary(file => file, file => File.ReadAllBytes(Path.Combine(directory, file)));

    private static void Restore(string directory, params IReadOnlyDictionary<string, byte[]>[] contents)
    {
        Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory);
        foreach (var (file, bytes) in contents.SelectMany(content => content))
        {
            File.WriteAllBytes(Path.Combine(directory, file), bytes);
        }
    }
}
