using TiupDmNet.Mirror.Publishing.Cloning;
using TiupDmNet.Mirror.Tests.Support;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Tests.Publishing.Cloning;

/// <summary>Clones that are cut off, attacked or out of space: readers have the clone of before, and the next run goes on.</summary>
public sealed class InterruptedCloneTests(EmptyMirror empty) : IClassFixture<EmptyMirror>
{
    [Fact]
    public async Task Cut_off_at_every_package_it_goes_on_and_fetches_none_twice()
    {
        var upstream = Upstream();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);
        using var reader = await harness.TrustAsync();
        await reader.RefreshAsync();
        var before = harness.Content();
        var fetched = new List<string>();
        for (var complete = 0; complete < 4; complete++)
        {
            using var stop = new CancellationTokenSource();
            var left = 1;
            harness.Upstream.Server.Faults = request =>
            {
                if (request.Path.EndsWith(".gz", StringComparison.Ordinal) && left-- == 0)
                {
                    stop.Cancel();
                }

                return null;
            };
            harness.Upstream.Server.ClearLog();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.CloneAsync(jobs: 1, cancellation: stop.Token));

            Assert.Equal(before.Keys.Order(), harness.Content().Keys.Where(file => !file.EndsWith(".gz", StringComparison.Ordinal)).Order());
            Assert.All(before, file => Assert.Equal(file.Value, harness.Content()[file.Key]));
            fetched.AddRange(harness.FetchedPackages.Take(1));
        }

        harness.Upstream.Server.Faults = _ => null;
        harness.Upstream.Server.ClearLog();
        var result = await harness.CloneAsync();

        fetched.AddRange(harness.FetchedPackages);
        Assert.Equal((true, 6), (result.Changed, result.Packages.Count));
        Assert.Equal(6, fetched.Count);
        Assert.Equal(6, fetched.Distinct().Count());
        await reader.RefreshAsync();
        Assert.Equal(6, (await reader.GetComponentAsync("dm-worker")).Items.Count);
    }

    [Fact]
    public async Task A_package_that_was_cut_is_continued_by_the_next_run()
    {
        var upstream = Upstream();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);
        const int Cut = 20_000;
        harness.Upstream.Server.Faults = request => request.Path.Contains("v8.5.3", StringComparison.Ordinal)
            ? request.Range is null ? new Answer { CutAfter = Cut } : new Answer { Drop = true }
            : null;
        await Assert.ThrowsAnyAsync<MirrorException>(() => harness.CloneAsync(jobs: 1));

        harness.Upstream.Server.Faults = _ => null;
        harness.Upstream.Server.ClearLog();
        await harness.CloneAsync();

        Assert.Equal(Cut, harness.Upstream.Server.Log.Single(request => request.Path.Contains("v8.5.3", StringComparison.Ordinal)).Range);
    }

    [Fact]
    public async Task A_first_run_that_died_while_it_made_the_mirror_is_done_over()
    {
        await using var harness = await CloneHarness.OfAsync(Upstream(), null);
        Directory.CreateDirectory(Path.Combine(harness.Clone, ".change"));
        foreach (var file in (string[])["1.root.json", "root.json", "1.index.json", ".change/00004-timestamp.json", ".snapshot.json.0a1b2c3d.tmp", "snapshot.json", "lock"])
        {
            await File.WriteAllTextAsync(Path.Combine(harness.Clone, file), "{}");
        }

        await harness.CloneAsync();

        using var reader = await harness.TrustAsync();
        Assert.Equal(6, (await reader.GetComponentAsync("dm-worker")).Items.Count);
    }

    [Fact]
    public async Task Refuses_a_directory_with_something_else_in_it()
    {
        await using var harness = await CloneHarness.OfAsync(Upstream(), null);
        Directory.CreateDirectory(harness.Clone);
        await File.WriteAllTextAsync(Path.Combine(harness.Clone, "thesis.tex"), "");

        Assert.Equal($"{harness.Clone} is neither empty nor a mirror; a new clone needs a directory of its own", await harness.RefusalAsync());
    }

    [Fact]
    public async Task Refuses_to_clone_a_mirror_into_itself_and_keys_into_the_clone()
    {
        await using var harness = await CloneHarness.OfAsync(Upstream(), empty);
        await harness.CloneAsync();
        using var itself = await harness.TrustAsync();

        Assert.Equal(
            $"{harness.Clone} is the mirror to clone; give the clone another directory",
            (await Assert.ThrowsAsync<MirrorException>(() => harness.Cloner(itself).PlanAsync(CloneHarness.Everything))).Message);
        Assert.StartsWith(
            $"the keys in {harness.Clone}/keys would be served to everyone",
            (await Assert.ThrowsAsync<MirrorException>(() => new MirrorCloner(itself, harness.Clone, harness.Clone + "/keys", harness.Upstream.Time).PlanAsync(CloneHarness.Everything))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_keys_nothing_is_fetched()
    {
        await using var harness = await CloneHarness.OfAsync(Upstream(), empty);
        File.Delete(Directory.GetFiles(harness.Keys, "*-snapshot.json").Single());

        Assert.StartsWith($"snapshot needs 1 signatures, and {harness.Keys} has 0 of its keys (", await harness.RefusalAsync(), StringComparison.Ordinal);
        Assert.Empty(harness.FetchedPackages);
    }

    [Fact]
    public async Task Two_runs_do_not_clone_into_one_directory_at_once()
    {
        await using var harness = await CloneHarness.OfAsync(Upstream(), empty);
        Assert.True(AdvisoryLock.TryAcquire(Path.Combine(harness.Keys, "clone.lock"), new LockOwner("ann", "db1", 42, harness.Upstream.Time.Now, "clone into x"), out var held, out _));

        using (held)
        {
            Assert.Equal(
                $"cannot clone into {harness.Clone}: ann on db1 (process 42, clone into x) has held {harness.Keys}/clone.lock for more than 0 s", await harness.RefusalAsync());
        }

        Assert.True((await harness.CloneAsync()).Changed);
    }

    [Fact]
    public async Task A_package_of_other_bytes_is_refused_and_the_clone_stays_as_it_was()
    {
        var upstream = Upstream();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);
        await harness.CloneAsync();
        var before = harness.Content();
        upstream.AddVersion("dm-worker", "v8.5.9");
        upstream.Publish();
        var bytes = upstream.Package.ToArray();
        bytes[7] ^= 1;
        upstream.Files["dm-worker-v8.5.9-linux-amd64.tar.gz"] = bytes;

        Assert.StartsWith("dm-worker-v8.5.9-linux-amd64.tar.gz of MIRROR cannot be trusted: its SHA-256 is ", await harness.RefusalAsync(), StringComparison.Ordinal);
        Assert.Equal(before, harness.Content());
    }

    [Fact]
    public async Task A_forged_manifest_is_refused_before_anything_is_made()
    {
        var upstream = Upstream();
        await using var harness = await CloneHarness.OfAsync(upstream, null);
        upstream.Signers["dm-worker"] = [RepositorySimulator.Stranger];
        upstream.Publish();

        Assert.Equal("7.dm-worker.json of MIRROR cannot be trusted: 0 of the 1 needed signatures by keys of pingcap hold".Replace("7.", $"{upstream.ComponentDrafts["dm-worker"]["version"]}.", StringComparison.Ordinal), await harness.RefusalAsync());
        Assert.False(Directory.Exists(harness.Clone));
        Assert.False(Directory.Exists(harness.Keys));
    }

    [Theory]
    [InlineData("root")]
    [InlineData("../../evil")]
    [InlineData("component")]
    public async Task An_owner_whose_id_would_be_a_role_or_another_file_is_refused(string owner)
    {
        var upstream = Upstream();
        await using var harness = await CloneHarness.OfAsync(upstream, null);
        upstream.IndexDraft["owners"]![owner] = upstream.IndexDraft["owners"]!["pingcap"]!.DeepClone();
        upstream.IndexDraft["components"]!["dm-worker"]!["owner"] = owner;
        upstream.Publish();

        Assert.EndsWith($"of MIRROR cannot be trusted: the owner '{owner}' has an id that is none, or the name of a role", await harness.RefusalAsync(), StringComparison.Ordinal);
    }

    /// <summary>Packages may have any name at the source: here it is never that of a manifest.</summary>
    [Fact]
    public async Task A_package_that_calls_itself_a_manifest_does_not_become_one()
    {
        var upstream = Upstream();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);
        await harness.CloneAsync();
        var timestamp = File.ReadAllBytes(Path.Combine(harness.Clone, "root.json"));
        upstream.AddVersion("dm-worker", "v8.6.0")["url"] = "/1.root.json";
        upstream.Package = upstream.Files["1.root.json"];
        var item = upstream.AddVersion("dm-worker", "v8.6.0");
        item["url"] = "/1.root.json";
        upstream.Publish();

        await harness.CloneAsync();

        Assert.Equal(timestamp, File.ReadAllBytes(Path.Combine(harness.Clone, "1.root.json")));
        Assert.Equal(upstream.Package, File.ReadAllBytes(Path.Combine(harness.Clone, "dm-worker-v8.6.0-linux-amd64.tar.gz")));
    }

    [Fact]
    public async Task Two_packages_that_would_share_a_name_are_refused()
    {
        var upstream = Upstream();
        upstream.AddComponent("a", "v1-v2");
        upstream.Package = [.. upstream.Package, 1];
        upstream.AddComponent("a-v1", "v2");
        upstream.Publish();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);

        Assert.Equal("a-v1 v2 of MIRROR would be stored as a-v1-v2-linux-amd64.tar.gz, and so would another package; leave one of them out", await harness.RefusalAsync());
        Assert.Empty(harness.FetchedPackages);
    }

    [Fact]
    public async Task A_source_that_changes_while_it_is_cloned_is_refused_and_cloned_by_the_next_run()
    {
        var upstream = Upstream();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);
        var changed = false;
        harness.Upstream.Server.Faults = request =>
        {
            if (request.Path.Contains("v8.5.3", StringComparison.Ordinal) && !changed)
            {
                changed = true;
                upstream.Package = [.. upstream.Package, 1];
                upstream.AddVersion("dm-worker", "v8.5.3");
                upstream.Publish();
            }

            return null;
        };

        Assert.StartsWith("dm-worker-v8.5.3-linux-amd64.tar.gz of MIRROR cannot be trusted: it has ", await harness.RefusalAsync(), StringComparison.Ordinal);
        await harness.CloneAsync();

        Assert.Equal(upstream.Package, File.ReadAllBytes(Path.Combine(harness.Clone, "dm-worker-v8.5.3-linux-amd64.tar.gz")));
    }

    [Fact]
    public async Task Packages_that_will_not_fit_are_not_begun()
    {
        var upstream = Upstream();
        upstream.AddVersion("dm-worker", "v9.0.0")["length"] = 1L << 60;
        upstream.Publish();
        await using var harness = await CloneHarness.OfAsync(upstream, empty);

        Assert.Matches($"^{harness.Clone} has [0-9]+ bytes free, and the packages need [0-9]+ more; nothing was fetched$", await harness.RefusalAsync());
        Assert.Empty(harness.FetchedPackages);
    }

    [Fact]
    public async Task A_full_disk_is_one_sentence_and_leaves_the_clone_as_it_was()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");
        await using var harness = await CloneHarness.OfAsync(Upstream(), empty);
        var before = harness.Content();
        File.CreateSymbolicLink(Path.Combine(harness.Clone, "dm-worker-v8.5.3-linux-amd64.tar.gz.part"), "/dev/full");

        var error = await Assert.ThrowsAsync<StorageException>(() => harness.CloneAsync(jobs: 1));

        Assert.StartsWith($"cannot write {harness.Clone}/dm-worker-v8.5.3-linux-amd64.tar.gz.part: No space left on device", error.Message, StringComparison.Ordinal);
        Assert.All(before, file => Assert.Equal(file.Value, harness.Content()[file.Key]));
    }

    private static RepositorySimulator Upstream()
    {
        var upstream = new RepositorySimulator();
        foreach (var patch in Enumerable.Range(1, 5))
        {
            upstream.AddVersion("dm-worker", $"v8.5.{patch}");
        }

        upstream.Publish();
        return upstream;
    }
}
