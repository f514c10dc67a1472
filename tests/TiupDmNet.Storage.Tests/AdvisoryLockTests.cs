using System.Diagnostics;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Storage.Tests;

public sealed class AdvisoryLockTests : IDisposable
{
    private static readonly LockOwner Alice = new("alice", "control", 4711, new DateTimeOffset(2026, 4, 10, 10, 11, 12, TimeSpan.FromHours(8)), "patch dm-test x.tar.gz");
    private static readonly LockOwner Bob = Alice with { User = "bob", ProcessId = 4712 };

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private string LockFile => _directory["lock"];

    [Fact]
    public void Says_who_holds_it()
    {
        Assert.True(AdvisoryLock.TryAcquire(LockFile, Alice, out var alices, out _));
        using (alices)
        {
            Assert.False(AdvisoryLock.TryAcquire(LockFile, Bob, out var bobs, out var heldBy));

            Assert.Null(bobs);
            Assert.Equal(Alice, heldBy);
        }
    }

    [Fact]
    public void Is_free_again_after_a_clean_release_with_nobody_to_take_over_from()
    {
        Assert.True(AdvisoryLock.TryAcquire(LockFile, Alice, out var alices, out _));
        alices!.Dispose();

        Assert.True(AdvisoryLock.TryAcquire(LockFile, Bob, out var bobs, out _));
        using (bobs)
        {
            Assert.Null(bobs!.TakenOverFrom);
        }

        Assert.Equal("", File.ReadAllText(LockFile));
    }

    [Fact]
    public void Writes_its_owner_as_one_line_of_JSON()
    {
        Assert.True(AdvisoryLock.TryAcquire(LockFile, Alice, out var alices, out _));
        using (alices)
        {
            // Not through File, whose own lock would be refused.
            using var cat = Process.Start(new ProcessStartInfo("cat", [LockFile]) { RedirectStandardOutput = true })!;
            Assert.Equal(
                """{"user":"alice","host":"control","processId":4711,"since":"2026-04-10T10:11:12+08:00","purpose":"patch dm-test x.tar.gz"}""" + "\n",
                cat.StandardOutput.ReadToEnd());
            cat.WaitForExit();
        }
    }

    [Fact]
    public void Can_be_let_go_twice()
    {
        Assert.True(AdvisoryLock.TryAcquire(LockFile, Alice, out var alices, out _));
        alices!.Dispose();
        alices.Dispose();

        Assert.True(AdvisoryLock.TryAcquire(LockFile, Bob, out var bobs, out _));
        bobs!.Dispose();
    }

    [Fact]
    public async Task Is_refused_while_another_process_holds_it()
    {
        await File.WriteAllTextAsync(LockFile, """{"user":"alice","host":"control","processId":4711,"since":"2026-04-10T10:11:12+08:00","purpose":"patch dm-test x.tar.gz"}""");
        await using var holder = await ForeignHolder.StartAsync(LockFile);

        Assert.False(AdvisoryLock.TryAcquire(LockFile, Bob, out _, out var heldBy));
        Assert.Equal(Alice, heldBy);
    }

    [Fact]
    public async Task Is_refused_while_a_process_that_says_nothing_holds_it()
    {
        await using var holder = await ForeignHolder.StartAsync(LockFile);

        Assert.False(AdvisoryLock.TryAcquire(LockFile, Bob, out _, out var heldBy));
        Assert.Null(heldBy);
    }

    [Fact]
    public async Task Is_taken_over_from_an_owner_that_was_killed()
    {
        await File.WriteAllTextAsync(LockFile, """{"user":"alice","host":"control","processId":4711,"since":"2026-04-10T10:11:12+08:00","purpose":"patch dm-test x.tar.gz"}""");
        await using (var holder = await ForeignHolder.StartAsync(LockFile))
        {
            Assert.False(AdvisoryLock.TryAcquire(LockFile, Bob, out _, out _));
        }

        Assert.True(AdvisoryLock.TryAcquire(LockFile, Bob, out var bobs, out _));
        using (bobs)
        {
            Assert.Equal(Alice, bobs!.TakenOverFrom);
        }
    }

    [Fact]
    public void Is_not_inherited_by_programs_started_under_it()
    {
        Assert.True(AdvisoryLock.TryAcquire(LockFile, Alice, out var alices, out _));
        using var child = Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true })!;
        alices!.Dispose();

        Assert.True(AdvisoryLock.TryAcquire(LockFile, Bob, out var bobs, out _));
        bobs!.Dispose();
        child.StandardInput.Close();
        child.WaitForExit();
    }

    [Fact]
    public void Does_not_mind_a_file_that_is_not_JSON()
    {
        File.WriteAllText(LockFile, "left by something else");

        Assert.True(AdvisoryLock.TryAcquire(LockFile, Alice, out var alices, out _));
        using (alices)
        {
            Assert.Null(alices!.TakenOverFrom);
        }
    }

    [Fact]
    public void Is_won_by_exactly_one_of_many()
    {
        File.WriteAllText(LockFile, "");
        var won = new System.Collections.Concurrent.ConcurrentBag<AdvisoryLock>();

        Parallel.For(0, 50, _ =>
        {
            if (AdvisoryLock.TryAcquire(LockFile, Alice, out var taken, out var _))
            {
                won.Add(taken!);
            }
        });

        Assert.Single(won).Dispose();
    }

    [Fact]
    public void Says_where_it_cannot_be_taken()
    {
        var failure = Assert.Throws<StorageException>(() => AdvisoryLock.TryAcquire(_directory["none/lock"], Alice, out _, out _));

        Assert.Equal($"cannot lock {_directory["none/lock"]}: its directory does not exist; create it and run the command again", failure.Message);
    }

    /// <summary>A shell that holds the lock until it is killed.</summary>
    private sealed class ForeignHolder(Process process) : IAsyncDisposable
    {
        public static async Task<ForeignHolder> StartAsync(string path)
        {
            var start = new ProcessStartInfo("sh", ["-c", "exec 9<>\"$1\"; flock -n 9; echo locked; read wait", "sh", path])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
            var process = Process.Start(start)!;
            Assert.Equal("locked", await process.StandardOutput.ReadLineAsync());
            return new ForeignHolder(process);
        }

        public async ValueTask DisposeAsync()
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
