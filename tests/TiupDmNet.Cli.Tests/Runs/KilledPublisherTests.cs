using TiupDmNet.Cli.Tests.Support;
using TiupDmNet.Mirror;
using TiupDmNet.Storage;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Cli.Tests.Runs;

/// <summary>
/// Publishers that are killed while they change a mirror: exactly at each call that makes, moves or removes what readers or the next publisher see; and, while a
/// package is published, at each fsync, before which a file was written and after which it is renamed. Whoever reads the mirror then has the old one or the new one.
/// </summary>
public sealed class KilledPublisherTests(PublishedMirror published) : IClassFixture<PublishedMirror>, IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Mirror => _directory["mirror"];

    public static TheoryData<string> Changes =>
    [
        "publish dm-master v8.5.0 PACKAGE dm-worker/dm-worker --os linux --arch amd64",
        "publish dm-worker v8.5.0 PACKAGE dm-worker/dm-worker --os linux --arch amd64 --force",
        "grant support",
        "yank dm-worker v8.5.0",
        "refresh --within-days 10000",
        "rotate --new-keys snapshot",
    ];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_publisher_that_is_killed_leaves_the_old_mirror_or_the_new_one(string change)
    {
        await Strace.RequireAsync();
        var command = Command(change);
        Restore();
        var calls = await Strace.ObserveAsync(_directory, Mirror, command);
        var decision = Index(calls, "rename", ".change.preparing");
        var snapshot = Index(calls, "rename", "-snapshot.json");
        var timestamp = Index(calls, "rename", "-timestamp.json");
        Assert.Equal([snapshot, timestamp], [calls.Count - 3, calls.Count - 2]);
        Assert.Equal(calls.Count - 1, Index(calls, "rmdir", ".change"));
        for (var i = 0; i < calls.Count; i++)
        {
            Restore();
            using var home = new TempDirectory();
            var before = await ReadAsync(home);

            await Strace.KillAsync(_directory, calls[i], command);

            // Killed at the rename of the timestamp: who has never read this mirror has to wait for the next publisher. Who knows the old timestamp knows its snapshot too.
            using var stranger = new TempDirectory();
            Assert.Equal(i <= timestamp ? "old" : "new", await SeenAsync(home, before));
            Assert.Equal(i < timestamp ? "old" : i == timestamp ? "refused" : "new", await SeenAsync(stranger, before));
            await RecoverAsync();
            Assert.Equal(i <= decision ? "old" : "new", await SeenAsync(home, before + 1));
            if (i <= decision)
            {
                await RepeatAsync(command);
                Assert.Equal("new", await SeenAsync(home, before + 1));
            }
        }
    }

    [Fact]
    public async Task A_publisher_that_is_killed_while_it_writes_leaves_the_old_mirror_or_the_new_one()
    {
        await Strace.RequireAsync();
        var command = Command(Changes.First());
        var number = 0;
        var wasKilled = true;
        while (wasKilled)
        {
            Restore();
            using var home = new TempDirectory();
            var before = await ReadAsync(home);

            wasKilled = await Strace.KillAsync(_directory, "fsync", ++number, command);

            Assert.Contains(await SeenAsync(home, before), (string[])["old", "new"]);
            await RecoverAsync();
            Assert.Contains(await SeenAsync(home, before + 1), (string[])["old", "new"]);
        }

        Assert.InRange(number, 6, 60);
    }

    [Fact]
    public async Task Publishers_at_once_lose_nothing_and_readers_see_none_of_it()
    {
        Restore();
        using var home = new TempDirectory();
        var before = await ReadAsync(home);
        string[] versions = ["v8.5.1", "v8.5.2", "v8.5.3", "v8.5.4"];

        var publishing = Task.WhenAll(versions.Select(version => ChildProcess.EndAsync(ChildProcess.Start(
            _directory, Command($"publish dm-worker {version} PACKAGE dm-worker/dm-worker --os linux --arch amd64")))));
        var reads = 0;
        while (!publishing.IsCompleted)
        {
            // As patient as every client is: what changes under it is read again.
            Assert.InRange(await ReadAsync(home, attempts: 5), before, before + versions.Length);
            reads++;
        }

        Assert.All(await publishing, ran => Assert.True(ran.ExitCode == 0, ran.Error));
        Assert.NotEqual(0, reads);
        Assert.Equal(before + versions.Length, await ReadAsync(home));
        using var client = new MirrorClient(Settings(home, attempts: 1), TimeProvider.System);
        var component = await client.GetComponentAsync("dm-worker");
        Assert.Equal(["v8.5.0", .. versions], component.Items.Select(item => item.Version.Text).Order(StringComparer.Ordinal));
        Assert.Equal(1 + versions.Length, component.Version);
    }

    private static int Index(IReadOnlyList<DirectoryCall> calls, string name, string file) =>
        calls.Index().Single(call => call.Item.Name == name && call.Item.Path.EndsWith(file, StringComparison.Ordinal)).Index;

    private static MirrorSettings Settings(TempDirectory home, int attempts) => new()
    {
        Home = TiupHome.Resolve(name => name == "TIUP_HOME" ? home.Path : null),
        Attempts = attempts,
        RetryDelay = TimeSpan.FromMilliseconds(50),
    };

    private string[] Command(string change) => ["mirror", .. change.Replace("PACKAGE", published.Package, StringComparison.Ordinal).Split(' '), "--mirror", Mirror];

    private void Restore()
    {
        foreach (var directory in (string[])[Mirror, Mirror + "-keys"])
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }

        published.CopyTo(Mirror);
    }

    /// <summary>"old" for the mirror with that version of the timestamp, "new" for the one after it, "refused" where snapshot and timestamp do not belong together.</summary>
    private async Task<string> SeenAsync(TempDirectory home, long old)
    {
        try
        {
            var version = await ReadAsync(home);
            Assert.InRange(version, old, old + 1);
            return version == old ? "old" : "new";
        }
        catch (MirrorException error)
        {
            Assert.Matches(
                $@"^snapshot\.json of {Mirror} cannot be trusted: (its SHA-256 is [0-9a-f]+ and should be [0-9a-f]+, says the timestamp|it has more than the [0-9]+ bytes that it may have)$", error.Message);
            return "refused";
        }
    }

    /// <summary>Reads all that the mirror offers and verifies it.</summary>
    /// <returns>The version of the timestamp.</returns>
    private async Task<long> ReadAsync(TempDirectory home, int attempts = 1)
    {
        var settings = Settings(home, attempts);
        if (!File.Exists(settings.Home.ConfigFile))
        {
            await new MirrorProfile(settings, TimeProvider.System).SetAsync(Mirror);
        }

        using var client = new MirrorClient(settings, TimeProvider.System);
        var seen = await client.RefreshAsync();
        foreach (var component in await client.ListComponentsAsync())
        {
            foreach (var item in (await client.GetComponentAsync(component.Id)).Items.Where(item => !item.Yanked))
            {
                await client.DownloadAsync(component.Id, item.Version.Text, item.Platform, home["package.tar.gz"]);
            }
        }

        return seen.Roles.Single(role => role.Name == "timestamp").Version;
    }

    /// <summary>The next publisher: it finishes or forgets what was cut off, and leaves nothing of it behind.</summary>
    private async Task RecoverAsync()
    {
        using var app = new TestApp();
        var refreshed = await app.RunAsync("mirror", "refresh", "--mirror", Mirror);
        Assert.True(refreshed.ExitCode == 0, refreshed.Error);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(Mirror), path => Path.GetFileName(path).StartsWith('.'));
    }

    private static async Task RepeatAsync(string[] command)
    {
        using var app = new TestApp();
        var again = await app.RunAsync(command);
        Assert.True(again.ExitCode == 0, again.Error);
    }
}
