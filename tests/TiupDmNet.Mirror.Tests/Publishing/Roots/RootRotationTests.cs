using TiupDmNet.Mirror.Publishing.Roots;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Publishing.Roots;

/// <summary>New roots with other keys: clients of before go on, and those who held the old keys are out.</summary>
public sealed class RootRotationTests(EmptyMirror empty) : PublishingTests(empty)
{
    [Theory]
    [InlineData("root")]
    [InlineData("index")]
    [InlineData("timestamp")]
    public async Task A_role_gets_new_keys_and_clients_of_before_go_on(string role)
    {
        using var publisher = await InitAsync();
        using var before = await ClientAsync("before");
        var old = await before.RefreshAsync();

        var next = await publisher.RotateAsync(new RootChange { NewKeysFor = [role] });
        await publisher.RefreshAsync(TimeSpan.Zero);
        using var later = Client("before");
        var seen = await later.RefreshAsync();
        using var fresh = await ClientAsync("fresh");

        Assert.Equal(2, next.Version);
        Assert.Equal(old.Roles.Count, seen.Roles.Count);
        Assert.All(seen.Roles, now => Assert.Equal(now.Name != role, now.KeyIds.SequenceEqual(old.Roles.Single(was => was.Name == now.Name).KeyIds)));
        Assert.Equal(seen.Roles.Select(now => now.Version), (await fresh.RefreshAsync()).Roles.Select(now => now.Version));
    }

    /// <summary>TiUP's client asks for a new root when the timestamp does not verify, and not when the snapshot does not: W-62.</summary>
    [Fact]
    public async Task With_the_snapshots_keys_that_of_theTimestamp_is_replaced_too()
    {
        using var publisher = await InitAsync();
        using var before = await ClientAsync("before");
        var old = await before.RefreshAsync();

        await publisher.RotateAsync(new RootChange { NewKeysFor = ["snapshot"] });
        using var later = Client("before");
        var seen = await later.RefreshAsync();

        Assert.Equal(["snapshot", "timestamp"], seen.Roles.Where(now => !now.KeyIds.SequenceEqual(old.Roles.Single(was => was.Name == now.Name).KeyIds)).Select(now => now.Name).Order());
    }

    [Fact]
    public async Task Other_keys_for_the_snapshot_alone_are_refused()
    {
        using var publisher = await InitAsync();
        using var client = await ClientAsync("client");
        var old = (await client.RefreshAsync()).Roles.Single(role => role.Name == "snapshot").KeyIds.Single();
        var key = await KeyFile.CreateAsync(Place["other.json"]);

        Assert.Equal(
            $"that cannot be the next root of {Mirror}: the snapshot would be signed by keys that clients of before do not know, and TiUP looks for a new root only when the timestamp is; give the timestamp a new key as well",
            await RefusalAsync(() => publisher.RotateAsync(new RootChange { Add = [("snapshot", key.Path)], Remove = [old[..12]] })));
        Assert.Equal(
            $"that cannot be the next root of {Mirror}: the timestamp role would have a second key, with whose signature its file is longer than TiUP reads",
            await RefusalAsync(() => publisher.RotateAsync(new RootChange { Add = [("timestamp", key.Path)] })));
        Assert.Equal(1, (await client.RefreshAsync()).Roles[0].Version);
    }

    [Fact]
    public async Task A_root_key_is_replaced_by_one_that_never_comes_here()
    {
        using var publisher = await InitAsync();
        using var before = await ClientAsync("before");
        var old = (await before.RefreshAsync()).Roles[0].KeyIds;
        var other = await KeyFile.CreateAsync(Place["elsewhere/root.json"]);
        var draft = Place["next.json"];

        var drafted = await publisher.DraftRootAsync(new RootChange { Add = [("root", await other.WritePublicAsync(Place.Path))], Remove = [old[0]] }, draft);
        var early = await RefusalAsync(() => publisher.AdoptRootAsync(draft));
        var signed = await ManifestSigning.SignAsync(draft, other.Path);
        var again = await RefusalAsync(() => ManifestSigning.SignAsync(draft, other.Path));
        var adopted = await publisher.AdoptRootAsync(draft);
        var late = await RefusalAsync(() => publisher.AdoptRootAsync(draft));
        using var later = Client("before");

        var missing = $"2 of the 3 needed signatures by keys of the next root are there ({string.Join(", ", drafted.Roles[0].KeyIds.Select(id => id[..16]))})";
        Assert.Equal([missing], drafted.Missing.Select(text => text));
        Assert.Equal($"root 2 of {Mirror} cannot be used yet: {missing}; write it to a file with --draft, have it signed with `mirror sign`, then --adopt it", early);
        Assert.Equal([other.KeyId], signed.SignedNow);
        Assert.Equal($"there is no key in {other.Path} that has not signed {draft} already", again);
        Assert.Empty(adopted.Missing);
        Assert.Equal([.. old.Skip(1).Append(other.KeyId).Order(StringComparer.Ordinal)], (await later.RefreshAsync()).Roles[0].KeyIds);
        Assert.Equal($"{draft} of {Mirror} cannot be trusted: it is version 2 of the root, and the mirror has 2: 3 must follow", late);
    }

    [Theory]
    [InlineData("nobody", "there is no role 'nobody'; the roles are root, index, snapshot, timestamp")]
    [InlineData("component", "there is no role 'component'; the roles are root, index, snapshot, timestamp")]
    public async Task Refuses_roles_that_do_not_exist(string role, string refusal)
    {
        using var publisher = await InitAsync();

        Assert.Equal(refusal, await RefusalAsync(() => publisher.RotateAsync(new RootChange { NewKeysFor = [role] })));
        Assert.Equal(refusal, await RefusalAsync(() => publisher.RotateAsync(new RootChange { Thresholds = new Dictionary<string, int> { [role] = 1 } })));
    }

    [Fact]
    public async Task Refuses_keys_that_are_not_there_and_thresholds_that_cannot_be_met()
    {
        using var publisher = await InitAsync();

        Assert.StartsWith($"'12345678' names no key of {Mirror}; its keys are ", await RefusalAsync(() => publisher.RotateAsync(new RootChange { Remove = ["12345678"] })), StringComparison.Ordinal);
        Assert.Equal(
            $"2.root.json of {Mirror} cannot be trusted: role root needs 4 signatures and has only 3 different keys",
            await RefusalAsync(() => publisher.RotateAsync(new RootChange { Thresholds = new Dictionary<string, int> { ["root"] = 4 } })));
    }

    [Fact]
    public async Task A_new_root_that_was_cut_off_between_its_renames_is_finished_by_the_next_publisher()
    {
        using (var publisher = await InitAsync())
        {
            var before = Directory.GetFiles(Mirror).ToDictionary(file => file, File.ReadAllBytes);
            await publisher.RotateAsync(new RootChange { NewKeysFor = ["snapshot"] });
            var journal = Directory.CreateDirectory(Path.Combine(Mirror, ".change")).FullName;
            foreach (var (number, file) in ((string[])["snapshot.json", "timestamp.json"]).Index())
            {
                File.Move(Path.Combine(Mirror, file), Path.Combine(journal, $"{number + 1:00000}-{file}"));
                File.WriteAllBytes(Path.Combine(Mirror, file), before[Path.Combine(Mirror, file)]);
            }
        }

        using var next = await MirrorPublisher.OpenAsync(Mirror, Keys, Time);
        using var client = await ClientAsync("client");

        Assert.Equal(2, (await client.RefreshAsync()).Roles[0].Version);
        Assert.Empty(Directory.GetDirectories(Mirror));
    }

    [Fact]
    public async Task An_owner_is_granted_a_key_that_was_made_elsewhere()
    {
        using var publisher = await InitAsync();
        var key = await KeyFile.CreateAsync(Place["elsewhere/private.json"]);
        var file = await key.WritePublicAsync(Place.Path);

        var granted = await publisher.GrantAsync("support", "Support", file);

        Assert.Equal(new OwnerKey("support", key.KeyId, file), granted);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key.Path));
        Assert.DoesNotContain("private", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Equal($"the key {key.KeyId[..16]} is that of support already; each owner has keys of their own", await RefusalAsync(() => publisher.GrantAsync("other", "Other", file)));
        Assert.Equal(
            $"{key.Path} exists already, and a key that is overwritten is gone; take another name, or see its public half with --public", await RefusalAsync(() => KeyFile.CreateAsync(key.Path)));
        await File.WriteAllTextAsync(Place["none.json"], "{}");
        Assert.Equal(
            $"{Place["none.json"]} is no key; `mirror genkey` makes one, and --save writes its public half", await RefusalAsync(() => publisher.GrantAsync("other", "Other", Place["none.json"])));
    }

    /// <summary>A client of a home of its own, which trusts the mirror from the start.</summary>
    private async Task<MirrorClient> ClientAsync(string home)
    {
        await new MirrorProfile(Settings(home), Time).SetAsync(Mirror);
        return Client(home);
    }

    private MirrorClient Client(string home) => new(Settings(home), Time);

    private MirrorSettings Settings(string home) => new() { Home = MirrorHarness.HomeAt(Place[home]), Attempts = 1 };
}
