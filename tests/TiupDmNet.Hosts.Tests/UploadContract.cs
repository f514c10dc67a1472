using System.Security.Cryptography;
using TiupDmNet.Hosts.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Hosts.Tests;

/// <summary>What an upload promises, whichever engine carries it.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public abstract class UploadContract : IAsyncLifetime
{
    private const int Size = 3_000_000;

    private protected HostPool Pool { get; set; } = null!;

    private protected IHost Host { get; set; } = null!;

    private protected TempDirectory Temp { get; } = new();

    private protected string Target => Temp["far/a dir/it's a file"];

    public abstract ValueTask InitializeAsync();

    public virtual async ValueTask DisposeAsync()
    {
        if (Pool is not null)
        {
            await Pool.DisposeAsync();
        }

        Temp.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Size)]
    public async Task A_file_arrives_whole_and_readable_for_all(int size)
    {
        var upload = Make(size);
        var progress = new Progress();
        Assert.Equal(UploadOutcome.Sent, await Host.UploadAsync(upload, progress, default));
        Assert.Equal(await File.ReadAllBytesAsync(upload.LocalPath), await File.ReadAllBytesAsync(Target));
        Assert.Equal(Convert.ToInt32("644", 8), (int)File.GetUnixFileMode(Target));
        Assert.False(File.Exists(Target + ".part"));
        Assert.Equal(size, progress.Seen[^1]);
        Assert.Equal(progress.Seen.Order(), progress.Seen);
    }

    [Fact]
    public async Task What_is_there_already_is_not_sent()
    {
        var upload = Make(Size);
        await Host.UploadAsync(upload, null, default);
        await File.WriteAllTextAsync(Target + ".part", "an old part");
        var progress = new Progress();
        Assert.Equal(UploadOutcome.AlreadyThere, await Host.UploadAsync(upload, progress, default));
        Assert.Equal([Size], progress.Seen);
        Assert.False(File.Exists(Target + ".part"));
    }

    [Fact]
    public async Task Another_content_of_the_same_size_is_replaced()
    {
        var upload = Make(Size);
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        await File.WriteAllBytesAsync(Target, new byte[Size]);
        Assert.Equal(UploadOutcome.Sent, await Host.UploadAsync(upload, null, default));
        Assert.Equal(await File.ReadAllBytesAsync(upload.LocalPath), await File.ReadAllBytesAsync(Target));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_234_567)]
    [InlineData(Size)]
    public async Task A_part_is_continued(int there)
    {
        var upload = Make(Size);
        var content = await File.ReadAllBytesAsync(upload.LocalPath);
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        await File.WriteAllBytesAsync(Target + ".part", content[..there]);
        var progress = new Progress();
        Assert.Equal(UploadOutcome.Resumed, await Host.UploadAsync(upload, progress, default));
        Assert.Equal(there, progress.Seen[0]);
        Assert.Equal(content, await File.ReadAllBytesAsync(Target));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(Size)]
    [InlineData(Size + 1)]
    public async Task A_part_of_another_file_is_started_over(int there)
    {
        var upload = Make(Size);
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        await File.WriteAllBytesAsync(Target + ".part", new byte[there]);
        Assert.Equal(UploadOutcome.Sent, await Host.UploadAsync(upload, null, default));
        Assert.Equal(await File.ReadAllBytesAsync(upload.LocalPath), await File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task A_part_that_is_a_link_is_not_followed()
    {
        var upload = Make(Size);
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        await File.WriteAllTextAsync(Temp["precious"], "precious");
        File.CreateSymbolicLink(Target + ".part", Temp["precious"]);
        Assert.Equal(UploadOutcome.Sent, await Host.UploadAsync(upload, null, default));
        Assert.Equal("precious", await File.ReadAllTextAsync(Temp["precious"]));
        Assert.Null(new FileInfo(Target).LinkTarget);
    }

    [Fact]
    public async Task A_file_with_another_size_than_announced_is_not_sent()
    {
        var upload = Make(Size) with { Size = Size + 1 };
        var e = await Assert.ThrowsAsync<HostException>(() => Host.UploadAsync(upload, null, default));
        Assert.Equal(HostFailure.Corrupt, e.Failure);
        Assert.Equal($"{upload.LocalPath} changed before it was sent to {Host.Address}: it has {Size} bytes instead of {Size + 1}.", e.Message);
    }

    [Fact]
    public async Task A_file_with_another_content_than_announced_never_gets_its_name()
    {
        var upload = Make(Size) with { Sha256 = new string('a', 64) };
        var e = await Assert.ThrowsAsync<HostException>(() => Host.UploadAsync(upload, null, default));
        Assert.Equal(HostFailure.Corrupt, e.Failure);
        Assert.Equal($"{upload.LocalPath} changed before it was sent to {Host.Address}: its content has another sha256 than announced.", e.Message);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task A_file_that_grows_shorter_while_it_is_read_never_gets_its_name()
    {
        var upload = Make(Size);
        var shorten = new Callback(_ =>
        {
            using var file = new FileStream(upload.LocalPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(Size / 2);
        });
        var e = await Assert.ThrowsAsync<HostException>(() => Host.UploadAsync(upload, shorten, default));
        Assert.Equal(HostFailure.Corrupt, e.Failure);
        Assert.Equal($"{upload.LocalPath} changed before it was sent to {Host.Address}: it became shorter.", e.Message);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task A_target_that_cannot_be_written_is_said_so()
    {
        await File.WriteAllTextAsync(Temp["far"], "a file where a directory should be");
        var e = await Assert.ThrowsAsync<HostException>(() => Host.UploadAsync(Make(Size), null, default));
        Assert.Equal(HostFailure.Command, e.Failure);
        Assert.StartsWith($"{Target} cannot be written on {Host.Address}: mkdir: cannot create directory", e.Message, StringComparison.Ordinal);
        Assert.Contains("Not a directory", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_in_the_place_of_the_file_is_left_alone()
    {
        Directory.CreateDirectory(Target);
        var e = await Assert.ThrowsAsync<HostException>(() => Host.UploadAsync(Make(Size), null, default));
        Assert.Equal(HostFailure.Command, e.Failure);
        Assert.Contains("cannot overwrite directory", e.Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Target));
    }

    [Fact]
    public async Task Cancelling_keeps_the_part()
    {
        var upload = Make(20_000_000);
        using var cancel = new CancellationTokenSource();
        var stopHalfway = new Callback(bytes =>
        {
            if (bytes > 10_000_000)
            {
                cancel.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Host.UploadAsync(upload, stopHalfway, cancel.Token));
        Assert.False(File.Exists(Target));
        Assert.InRange(new FileInfo(Target + ".part").Length, 1, 19_999_999);
        Assert.Equal(UploadOutcome.Resumed, await Host.UploadAsync(upload, null, default));
        Assert.Equal(await File.ReadAllBytesAsync(upload.LocalPath), await File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task Uploads_at_the_same_time_do_not_mix()
    {
        var upload = Make(Size);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Host.UploadAsync(upload, null, default)));
        Assert.Equal([UploadOutcome.Sent, UploadOutcome.AlreadyThere, UploadOutcome.AlreadyThere, UploadOutcome.AlreadyThere], outcomes.Order());
    }

    [Fact]
    public async Task A_full_disk_is_said_so_and_the_part_is_removed()
    {
        using var disk = SmallDisk.MountOrSkip(Temp["far"]);
        var e = await Assert.ThrowsAsync<HostException>(() => Host.UploadAsync(Make(Size), null, default));
        Assert.Equal(HostFailure.DiskFull, e.Failure);
        Assert.Equal($"No space for {Target} (2.9 MiB) on {Host.Address}: {Temp["far"]} (tmpfs) has 1.0 MiB free; the part was removed. Make room and run again.", e.Message);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public async Task A_relative_path_is_a_mistake_of_the_caller()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Host.UploadAsync(Make(1) with { RemotePath = "x/y" }, null, default));
    }

    private protected Upload Make(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        var path = Temp[$"near-{size}"];
        File.WriteAllBytes(path, content);
        return new Upload(path, Target, Convert.ToHexStringLower(SHA256.HashData(content)), size);
    }

    /// <summary>Reports at once, on the reporting thread.</summary>
    private protected sealed class Callback(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }

    private sealed class Progress : IProgress<long>
    {
        public List<long> Seen { get; } = [];

        public void Report(long value) => Seen.Add(value);
    }
}
