using System.Formats.Tar;
using System.IO.Compression;
using TiupDmNet.Mirror.Publishing.Roots;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Publishing.Garbage;

/// <summary>Files that a mirror needs no more, and those that it only seems not to.</summary>
public sealed class GarbageTests(EmptyMirror empty) : PublishingTests(empty)
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Fact]
    public async Task Finds_replaced_manifests_and_the_packages_that_only_they_name()
    {
        using var publisher = await PublishedTwiceAsync();
        Age(40);

        var found = await publisher.FindGarbageAsync(Month);
        var gone = await publisher.RemoveGarbageAsync(found, Month);

        Assert.Equal(
            [
                ("dm-worker-v8.5.0-linux-amd64.tar.gz", "no manifest names it"),
                ("1.dm-worker.json", "2.dm-worker.json has replaced it"),
                ("1.index.json", "2.index.json has replaced it"),
                ("2.index.json", "3.index.json has replaced it"),
            ],
            found.Select(file => (file.Name, file.Why)));
        Assert.Equal(found, gone);
        Assert.Equal(["1.root.json", "2.dm-worker.json", "3.index.json", Replacement(), "lock", "root.json", "snapshot.json", "timestamp.json"], Names());
        Assert.Empty(await publisher.FindGarbageAsync(Month));
        Assert.Equal("new", await DownloadedAsync());
    }

    [Fact]
    public async Task Leaves_what_a_client_may_still_ask_for()
    {
        using var publisher = await PublishedTwiceAsync();
        Age(40);
        File.SetLastWriteTimeUtc(Path.Combine(Mirror, "2.dm-worker.json"), Time.Now.AddDays(-29).UtcDateTime);

        var found = await publisher.FindGarbageAsync(Month);

        // 1.dm-worker.json was the current one until 29 days ago, and it names the first package.
        Assert.Equal(["1.index.json", "2.index.json"], found.Select(file => file.Name));
    }

    [Fact]
    public async Task Leaves_what_it_cannot_explain_and_every_root()
    {
        using var publisher = await PublishedTwiceAsync();
        await publisher.RotateAsync(new RootChange());
        string[] foreign = ["README.html", "7.stranger.json", "99.dm-worker.json", "stranger-v1.0.0-linux-amd64.tar.gz", "dm-worker-linux-amd64.tar.gz", "dm-worker-notes.tar.gz"];
        foreach (var name in foreign)
        {
            await File.WriteAllTextAsync(Path.Combine(Mirror, name), "mine");
        }

        Age(400);

        var found = await publisher.FindGarbageAsync(Month);

        Assert.DoesNotContain(found, file => foreign.Contains(file.Name) || file.Name.Contains("root", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Finds_what_interrupted_runs_have_left()
    {
        using var publisher = await PublishedTwiceAsync();
        string[] leftovers = ["dm-worker-v8.5.1-linux-amd64.tar.gz.part", "dm-worker-v8.5.1-linux-amd64.tar.gz.part.json", "dm-worker-v8.5.2-linux-arm64.tar.gz"];
        foreach (var name in leftovers)
        {
            await File.WriteAllTextAsync(Path.Combine(Mirror, name), "x");
        }

        Age(0);
        var early = await publisher.FindGarbageAsync(Month);
        Age(31);
        var found = await publisher.FindGarbageAsync(Month);

        Assert.Empty(early);
        Assert.Equal(leftovers, found.Select(file => file.Name).Intersect(leftovers).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_manifest_that_cannot_be_read_protects_the_packages_of_its_component()
    {
        using var publisher = await PublishedTwiceAsync();
        Age(40);
        await File.WriteAllTextAsync(Path.Combine(Mirror, "1.dm-worker.json"), "{");
        File.SetLastWriteTimeUtc(Path.Combine(Mirror, "2.dm-worker.json"), Time.Now.UtcDateTime);

        Assert.DoesNotContain(await publisher.FindGarbageAsync(Month), file => file.Name.Contains("dm-worker", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Does_not_remove_what_is_of_use_again()
    {
        using var publisher = await PublishedTwiceAsync();
        Age(40);
        var found = await publisher.FindGarbageAsync(Month);
        File.SetLastWriteTimeUtc(Path.Combine(Mirror, "dm-worker-v8.5.0-linux-amd64.tar.gz"), Time.Now.UtcDateTime);

        var gone = await publisher.RemoveGarbageAsync(found, Month);

        Assert.True(File.Exists(Path.Combine(Mirror, "dm-worker-v8.5.0-linux-amd64.tar.gz")));
        Assert.Equal(3, gone.Count);
    }

    /// <summary>A dm-worker v8.5.0, and another in its place.</summary>
    private async Task<MirrorPublisher> PublishedTwiceAsync()
    {
        var publisher = await InitAsync();
        await publisher.GrantAsync("dba", "DBAs");
        await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, Tarball("dm-worker/dm-worker", "old"), "dm-worker/dm-worker");
        await publisher.PublishAsync("dm-worker", "v8.5.0", Amd64, Tarball("dm-worker/dm-worker", "new"), "dm-worker/dm-worker", force: true);
        return publisher;
    }

    /// <summary>All of it was written so many days ago.</summary>
    private void Age(int days)
    {
        foreach (var file in Directory.GetFiles(Mirror))
        {
            File.SetLastWriteTimeUtc(file, Time.Now.AddDays(-days).UtcDateTime);
        }
    }

    private IEnumerable<string?> Names() => Directory.GetFiles(Mirror).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private string Replacement() => Path.GetFileName(Directory.GetFiles(Mirror, "dm-worker-v8.5.0-linux-amd64-*.tar.gz").Single());

    private async Task<string> DownloadedAsync()
    {
        using var client = await ClientAsync();
        var package = await client.DownloadAsync("dm-worker", "v8.5.0", Amd64, Place["got.tar.gz"]);
        await using var gzip = new GZipStream(File.OpenRead(package.Path), CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        using var reader = new StreamReader((await tar.GetNextEntryAsync())!.DataStream!);
        return await reader.ReadToEndAsync();
    }
}
