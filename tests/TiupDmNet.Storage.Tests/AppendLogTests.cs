using TiupDmNet.TestSupport;

namespace TiupDmNet.Storage.Tests;

public sealed class AppendLogTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_line_is_in_the_file_when_the_call_returns()
    {
        await using var log = AppendLog.Open(_directory["log"]);

        await log.AppendAsync("first");
        await log.AppendAsync("zweite Zeile: ä", durable: false);

        Assert.Equal("first\nzweite Zeile: ä\n", await File.ReadAllTextAsync(_directory["log"]));
    }

    [Fact]
    public async Task Goes_on_where_an_earlier_one_stopped()
    {
        await using (var earlier = AppendLog.Open(_directory["log"]))
        {
            await earlier.AppendAsync("one");
        }

        await using var log = AppendLog.Open(_directory["log"]);
        await log.AppendAsync("two");

        Assert.Equal(["one", "two"], AppendLog.ReadLines(_directory["log"]));
    }

    [Theory]
    [InlineData("whole\ntorn", "whole\n")]
    [InlineData("torn", "")]
    [InlineData("whole\n", "whole\n")]
    [InlineData("", "")]
    public async Task Cuts_a_last_line_that_a_crash_left_unfinished(string before, string after)
    {
        await File.WriteAllTextAsync(_directory["log"], before);

        await using var log = AppendLog.Open(_directory["log"]);

        Assert.Equal(after, await File.ReadAllTextAsync(_directory["log"]));
    }

    [Fact]
    public async Task Cuts_an_unfinished_line_longer_than_its_buffer()
    {
        await File.WriteAllTextAsync(_directory["log"], "whole\n" + new string('x', 20_000));

        await using var log = AppendLog.Open(_directory["log"]);

        Assert.Equal("whole\n", await File.ReadAllTextAsync(_directory["log"]));
    }

    [Fact]
    public async Task Lines_of_many_threads_never_mix()
    {
        await using (var log = AppendLog.Open(_directory["log"]))
        {
            await Parallel.ForAsync(0, 200, async (i, token) => await log.AppendAsync(new string((char)('a' + (i % 26)), 500), durable: false, token));
        }

        var lines = AppendLog.ReadLines(_directory["log"]);
        Assert.Equal(200, lines.Count);
        Assert.All(lines, line => Assert.True(line.Length == 500 && line.All(letter => letter == line[0])));
    }

    [Fact]
    public async Task Refuses_a_line_with_a_newline()
    {
        await using var log = AppendLog.Open(_directory["log"]);

        await Assert.ThrowsAsync<ArgumentException>(() => log.AppendAsync("a\nb"));
    }

    [Fact]
    public async Task Is_created_with_its_mode()
    {
        await using var log = AppendLog.Open(_directory["log"], AtomicFile.Private);

        Assert.Equal(AtomicFile.Private, File.GetUnixFileMode(_directory["log"]));
    }

    [Fact]
    public async Task Ends_with_the_line_before_when_the_disk_is_full()
    {
        using var disk = SmallDisk.Mount(_directory["disk"]);
        var path = Path.Combine(disk.Path, "log");
        await using var log = AppendLog.Open(path);
        await log.AppendAsync("before");

        var failure = await Assert.ThrowsAsync<StorageException>(() => log.AppendAsync(new string('x', SmallDisk.Size * 2)));

        Assert.Equal($"cannot write {path}: no space left on the device; free some space and run the command again", failure.Message);
        Assert.Equal("before\n", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Says_that_a_device_is_full()
    {
        await using var log = AppendLog.Open("/dev/full");

        var failure = await Assert.ThrowsAsync<StorageException>(() => log.AppendAsync("line"));

        Assert.Equal("cannot write /dev/full: no space left on the device; free some space and run the command again", failure.Message);
    }

    [Fact]
    public void Says_where_it_cannot_be_opened()
    {
        var failure = Assert.Throws<StorageException>(() => AppendLog.Open(_directory["none/log"]));

        Assert.Equal($"cannot open {_directory["none/log"]}: its directory does not exist; create it and run the command again", failure.Message);
    }

    [Fact]
    public async Task Reads_whole_lines_only_and_none_of_a_missing_file()
    {
        await File.WriteAllTextAsync(_directory["log"], "one\n\ntwo\ntor");

        Assert.Equal(["one", "", "two"], AppendLog.ReadLines(_directory["log"]));
        Assert.Empty(AppendLog.ReadLines(_directory["missing"]));
    }
}
