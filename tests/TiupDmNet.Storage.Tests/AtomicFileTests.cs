using System.Text;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Storage.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Creates_a_file_with_the_content_and_the_mode()
    {
        await AtomicFile.WriteAsync(_directory["key"], "secret"u8.ToArray(), AtomicFile.Private);

        Assert.Equal("secret", await File.ReadAllTextAsync(_directory["key"]));
        Assert.Equal(AtomicFile.Private, File.GetUnixFileMode(_directory["key"]));
    }

    [Fact]
    public async Task Gives_the_mode_whatever_the_mask_of_the_process()
    {
        const UnixFileMode everyone = AtomicFile.Readable | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

        await AtomicFile.WriteAsync(_directory["file"], ReadOnlyMemory<byte>.Empty, everyone);

        Assert.Equal(everyone, File.GetUnixFileMode(_directory["file"]));
    }

    [Fact]
    public async Task Replaces_a_file_under_a_reader_that_keeps_the_old_one()
    {
        await AtomicFile.WriteAsync(_directory["file"], "old"u8.ToArray());
        using var reader = new StreamReader(_directory["file"]);

        await AtomicFile.WriteAsync(_directory["file"], "new"u8.ToArray());

        Assert.Equal("old", await reader.ReadToEndAsync());
        Assert.Equal("new", await File.ReadAllTextAsync(_directory["file"]));
    }

    [Fact]
    public async Task Leaves_only_the_file_behind()
    {
        await AtomicFile.WriteAsync(_directory["file"], "content"u8.ToArray());

        Assert.Equal([_directory["file"]], Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task Keeps_the_old_file_and_the_exception_when_the_writer_fails_half_way()
    {
        await AtomicFile.WriteAsync(_directory["file"], "old"u8.ToArray());

        await Assert.ThrowsAsync<HttpRequestException>(() => AtomicFile.WriteAsync(_directory["file"], async (stream, token) =>
        {
            await stream.WriteAsync(new byte[100_000], token);
            throw new HttpRequestException("connection reset");
        }));

        Assert.Equal("old", await File.ReadAllTextAsync(_directory["file"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task Keeps_the_old_file_when_it_is_cancelled()
    {
        await AtomicFile.WriteAsync(_directory["file"], "old"u8.ToArray());
        using var cancellation = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AtomicFile.WriteAsync(
            _directory["file"],
            async (stream, _) =>
            {
                await stream.WriteAsync("new"u8.ToArray(), CancellationToken.None);
                await cancellation.CancelAsync();
            },
            cancellation: cancellation.Token));

        Assert.Equal("old", await File.ReadAllTextAsync(_directory["file"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task Says_that_the_disk_is_full_and_leaves_nothing_of_the_new_file()
    {
        using var disk = SmallDisk.Mount(_directory["disk"]);
        var path = Path.Combine(disk.Path, "meta.yaml");
        await AtomicFile.WriteAsync(path, "old"u8.ToArray());

        var failure = await Assert.ThrowsAsync<StorageException>(() => AtomicFile.WriteAsync(path, new byte[SmallDisk.Size * 2]));

        Assert.Equal($"cannot write {path}: no space left on the device; free some space and run the command again", failure.Message);
        Assert.Equal("old", await File.ReadAllTextAsync(path));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(disk.Path));
    }

    [Fact]
    public async Task Says_that_the_directory_is_missing()
    {
        var failure = await Assert.ThrowsAsync<StorageException>(() => AtomicFile.WriteAsync(_directory["none/file"], Encoding.UTF8.GetBytes("x")));

        Assert.Equal($"cannot write {_directory["none/file"]}: its directory does not exist; create it and run the command again", failure.Message);
    }

    [Fact]
    public async Task Refuses_to_replace_a_directory()
    {
        Directory.CreateDirectory(_directory["file"]);

        var failure = await Assert.ThrowsAsync<StorageException>(() => AtomicFile.WriteAsync(_directory["file"], ReadOnlyMemory<byte>.Empty));

        Assert.Equal($"cannot write {_directory["file"]}: Is a directory; put that right and run the command again", failure.Message);
        Assert.Single(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task Replaces_a_link_and_not_what_it_points_at()
    {
        await AtomicFile.WriteAsync(_directory["target"], "target"u8.ToArray());
        AtomicFile.Link(_directory["file"], "target");

        await AtomicFile.WriteAsync(_directory["file"], "new"u8.ToArray());

        Assert.Null(new FileInfo(_directory["file"]).LinkTarget);
        Assert.Equal("target", await File.ReadAllTextAsync(_directory["target"]));
    }

    [Fact]
    public void Makes_a_link_that_says_exactly_what_was_asked()
    {
        AtomicFile.Link(_directory["link"], "not-there-yet");

        Assert.Equal("not-there-yet", new FileInfo(_directory["link"]).LinkTarget);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("dangling")]
    [InlineData("link to a directory")]
    public void Puts_a_link_in_the_place_of_a(string what)
    {
        Directory.CreateDirectory(_directory["directory"]);
        switch (what)
        {
            case "file": File.WriteAllText(_directory["link"], ""); break;
            case "dangling": File.CreateSymbolicLink(_directory["link"], "nowhere"); break;
            default: File.CreateSymbolicLink(_directory["link"], "directory"); break;
        }

        AtomicFile.Link(_directory["link"], "new");

        Assert.Equal("new", new FileInfo(_directory["link"]).LinkTarget);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(_directory.Path).Count());
    }

    [Fact]
    public void Refuses_to_put_a_link_in_the_place_of_a_directory_and_leaves_nothing()
    {
        Directory.CreateDirectory(_directory["link"]);

        var failure = Assert.Throws<StorageException>(() => AtomicFile.Link(_directory["link"], "new"));

        Assert.Equal($"cannot make the link {_directory["link"]}: Is a directory; put that right and run the command again", failure.Message);
        Assert.Single(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task Never_shows_a_part_to_a_reader()
    {
        byte[] a = Enumerable.Repeat((byte)'a', 50_000).ToArray(), b = Enumerable.Repeat((byte)'b', 50_000).ToArray();
        await AtomicFile.WriteAsync(_directory["file"], a);
        using var done = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            var reads = 0;
            while (!done.IsCancellationRequested || reads == 0)
            {
                var content = File.ReadAllBytes(_directory["file"]);
                Assert.True(content.AsSpan().SequenceEqual(a) || content.AsSpan().SequenceEqual(b));
                reads++;
            }
        });

        for (var i = 0; i < 50; i++)
        {
            await AtomicFile.WriteAsync(_directory["file"], i % 2 == 0 ? b : a);
        }

        await done.CancelAsync();
        await reading;
    }
}
