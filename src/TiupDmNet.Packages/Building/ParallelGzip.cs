using System.Buffers;
using System.IO.Compression;
using System.Threading.Channels;

namespace TiupDmNet.Packages.Building;

/// <summary>How to deflate.</summary>
/// <param name="Level">zlib's, 1 to 9.</param>
/// <param name="Workers">Blocks deflated at a time.</param>
internal sealed record Deflation(int Level, int Workers)
{
    /// <summary>
    /// Level 4 of the runtime's zlib-ng makes executables 4 % larger than gzip's default does, in a quarter of the processor time.
    /// </summary>
    public static Deflation Default { get; } = new(Level: 4, Workers: Environment.ProcessorCount);
}

/// <summary>
/// Deflates blocks of a stream on all cores and writes them in order, each as a gzip member of its own; every gzip reads that as one file.
/// The bytes depend on the content and the level, not on the number of cores. Memory is bounded by the number of workers.
/// </summary>
internal sealed class ParallelGzip : IAsyncDisposable
{
    private const int BlockLength = 1024 * 1024;

    private readonly Stream _output;
    private readonly Deflation _deflation;
    private readonly CancellationTokenSource _stop;
    private readonly Channel<Task<Member>> _members;
    private readonly Task _writing;
    private byte[] _block = ArrayPool<byte>.Shared.Rent(BlockLength);
    private int _filled;

    public ParallelGzip(Stream output, Deflation deflation, CancellationToken cancellation)
    {
        _output = output;
        _deflation = deflation;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _members = Channel.CreateBounded<Task<Member>>(new BoundedChannelOptions(_deflation.Workers) { SingleReader = true, SingleWriter = true });
        _writing = WriteMembersAsync(_stop.Token);
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> content)
    {
        while (!content.IsEmpty)
        {
            var count = Math.Min(content.Length, BlockLength - _filled);
            content[..count].CopyTo(_block.AsMemory(_filled));
            content = content[count..];
            await AdvanceAsync(count).ConfigureAwait(false);
        }
    }

    /// <summary>Copies up to <paramref name="length"/> bytes; returns how many there were.</summary>
    public async ValueTask<long> CopyAsync(FileStream source, long length)
    {
        var copied = 0L;
        while (copied < length)
        {
            var room = (int)Math.Min(BlockLength - _filled, length - copied);
            var count = await source.ReadAsync(_block.AsMemory(_filled, room), _stop.Token).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            copied += count;
            await AdvanceAsync(count).ConfigureAwait(false);
        }

        return copied;
    }

    /// <summary>Returns when everything is written.</summary>
    public async Task CompleteAsync()
    {
        if (_filled > 0)
        {
            await SendBlockAsync().ConfigureAwait(false);
        }

        _members.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        // After a failure the other side may still be at work on the file; after success this does nothing.
        _members.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        ArrayPool<byte>.Shared.Return(_block);
        _block = [];
    }

    private ValueTask AdvanceAsync(int count)
    {
        _filled += count;
        return _filled == BlockLength ? SendBlockAsync() : ValueTask.CompletedTask;
    }

    private async ValueTask SendBlockAsync()
    {
        var (full, length) = (_block, _filled);
        _block = ArrayPool<byte>.Shared.Rent(BlockLength);
        _filled = 0;
        try
        {
            await _members.Writer.WriteAsync(Task.Run(() => Deflate(full, length, _deflation.Level)), _stop.Token).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // The writing side failed; its fault is the one to report.
            await _writing.ConfigureAwait(false);
            throw;
        }
    }

    private async Task WriteMembersAsync(CancellationToken cancellation)
    {
        try
        {
            await foreach (var deflating in _members.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                var member = await deflating.ConfigureAwait(false);
                await _output.WriteAsync(member.Bytes.AsMemory(0, member.Length), cancellation).ConfigureAwait(false);
                ArrayPool<byte>.Shared.Return(member.Bytes);
            }
        }
        finally
        {
            _members.Writer.TryComplete();
        }
    }

    private static Member Deflate(byte[] block, int length, int level)
    {
        // What cannot be made smaller grows by a few bytes in each stored block.
        var bytes = ArrayPool<byte>.Shared.Rent(length + (length / 4) + 1024);
        using var member = new MemoryStream(bytes);
        using (var gzip = new GZipStream(member, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true))
        {
            gzip.Write(block, 0, length);
        }

        ArrayPool<byte>.Shared.Return(block);

        // No time, no hint about the level, and Unix as the system, whatever this one is.
        ReadOnlySpan<byte> fixedFields = [0, 0, 0, 0, 0, 3];
        fixedFields.CopyTo(bytes.AsSpan(4));
        return new Member(bytes, (int)member.Position);
    }

    private readonly record struct Member(byte[] Bytes, int Length);
}
