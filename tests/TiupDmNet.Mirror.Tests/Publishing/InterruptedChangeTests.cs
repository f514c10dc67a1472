using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Tests.Support;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Tests.Publishing;

/// <summary>Publishers that die, and publishers that meet.</summary>
public sealed class InterruptedChangeTests(EmptyMirror empty) : PublishingTests(empty)
{
    [Fact]
    public async Task Two_publishers_at_once_take_turns()
    {
        (await InitAsync()).Dispose();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(async number =>
        {
            using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, Time);
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
        using (var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, Time))
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

            using var publisher = await MirrorPublisher.OpenAsync(Mirror, Keys, Time);
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

        using var next = await MirrorPublisher.OpenAsync(Mirror, Keys, Time);

        Assert.Equal(2, (await ReadAsync()).Roles[1].Version);
        Assert.Empty(Directory.GetDirectories(Mirror));
    }

    [Fact]
    public async Task What_a_killed_publisher_has_left_goes_away_with_the_next_change()
    {
        using var publisher = await InitAsync();
        await File.WriteAllTextAsync(Path.Combine(Mirror, ".dm-worker-v8.5.0-linux-amd64.tar.gz.0a1b2c3d.tmp"), "half a package");
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(Mirror, ".change.preparing")).FullName, "00000-snapshot.json"), "{");

        await publisher.RefreshAsync(TimeSpan.Zero);

        Assert.DoesNotContain(Directory.GetFileSystemEntries(Mirror), path => Path.GetFileName(path).StartsWith('.'));
        Assert.Equal(2, (await ReadAsync()).Roles[1].Version);
    }

    [Fact]
    public async Task A_change_that_cannot_be_put_in_its_place_is_carried_out_once_it_can()
    {
        using var publisher = await InitAsync();
        var place = Place["place"];
        var inTheWay = Directory.CreateDirectory(Path.Combine(place, "timestamp.json", "in the way"));
        var timestamp = await File.ReadAllBytesAsync(Path.Combine(Mirror, "timestamp.json"));

        var error = await Assert.ThrowsAsync<StorageException>(() => ChangeJournal.CommitAsync(place, [("1.index.json", [1]), ("timestamp.json", timestamp)], default));
        inTheWay.Parent!.Delete(recursive: true);
        await ChangeJournal.RecoverAsync(place, default);

        Assert.EndsWith($"; the change was decided and is half done: the next command that changes {place} carries it out", error.Message, StringComparison.Ordinal);
        Assert.Equal(["1.index.json", "timestamp.json"], Directory.GetFileSystemEntries(place).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_new_mirror_is_made_where_one_was_begun()
    {
        Directory.CreateDirectory(Path.Combine(Mirror, ".change"));
        await File.WriteAllTextAsync(Path.Combine(Mirror, ".change", "00004-timestamp.json"), "{}");
        await File.WriteAllTextAsync(Path.Combine(Mirror, ".root.json.0a1b2c3d.tmp"), "{");

        (await MirrorPublisher.InitAsync(Mirror, Keys, Time)).Dispose();

        Assert.Equal(1, (await ReadAsync()).Roles[0].Version);
        Assert.Equal(["1.index.json", "1.root.json", "root.json", "snapshot.json", "timestamp.json"], Directory.GetFileSystemEntries(Mirror).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
