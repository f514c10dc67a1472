using System.Runtime.ExceptionServices;
using TiupDmNet.Mirror.Fetch;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Downloads;

/// <summary>
/// Brings a package from a mirror to its place. There is no way through here that leaves a file at the target whose length or hash is
/// not the signed one.
/// </summary>
internal sealed class PackageDownloader(Retry retry, TimeProvider time)
{
    private const int BlockSize = 256 * 1024;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);

    public async Task DownloadAsync(
        IMirrorSource source, VersionItem item, string target, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        var part = await PartFile.OpenAsync(target, item, cancellation).ConfigureAwait(false);
        await using (part.ConfigureAwait(false))
        {
            var continued = part.Length > 0;
            await FillAsync(source, item, part, progress, cancellation).ConfigureAwait(false);
            var wrong = part.TryComplete();
            if (wrong is not null && continued)
            {
                // What an earlier run left may be the cause: once more, from the first byte.
                await part.RestartAsync(null, cancellation).ConfigureAwait(false);
                await FillAsync(source, item, part, progress, cancellation).ConfigureAwait(false);
                wrong = part.TryComplete();
            }

            if (wrong is not null)
            {
                part.Discard();
                throw Refuse(source, item, wrong);
            }
        }
    }

    /// <summary>Whether the source has the package; keeps nothing.</summary>
    /// <param name="read">Read and hash all of it.</param>
    /// <returns>What is wrong, or null.</returns>
    public async Task<string?> CheckAsync(IMirrorSource source, VersionItem item, bool read, CancellationToken cancellation)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await CheckOnceAsync(source, item, read, cancellation).ConfigureAwait(false);
            }
            catch (TransientException error)
            {
                if (failures >= retry.Attempts)
                {
                    throw Retry.GiveUp($"read {item.FileName} from {source.Address}", failures, error);
                }

                await retry.WaitAsync(failures, error, cancellation).ConfigureAwait(false);
            }
        }
    }

    private static async Task<string?> CheckOnceAsync(IMirrorSource source, VersionItem item, bool read, CancellationToken cancellation)
    {
        var content = await source.OpenAsync(item.FileName, 0, null, cancellation).ConfigureAwait(false);
        if (content is null)
        {
            return $"{source.Address} has no {item.FileName}, though its manifest of {item.Component} names it";
        }

        await using (content.ConfigureAwait(false))
        {
            if (item.Length > 0 && content.TotalLength is { } total && total != item.Length)
            {
                return $"{item.FileName} has {total} bytes and should have {item.Length}";
            }

            if (!read)
            {
                return null;
            }

            using var hash = new PackageHash(item);
            await hash.AppendAsync(content.Stream, cancellation).ConfigureAwait(false);
            return hash.Difference() is { } wrong ? $"{item.FileName}: {wrong}" : null;
        }
    }

    private async Task FillAsync(IMirrorSource source, VersionItem item, PartFile part, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        for (var failures = 0; item.Length == 0 || part.Length < item.Length;)
        {
            var before = part.Length;
            try
            {
                await ReceiveAsync(source, item, part, progress, cancellation).ConfigureAwait(false);
                return;
            }
            catch (TransientException error)
            {
                // A line that breaks often but gets on is not given up.
                failures = part.Length > before ? 1 : failures + 1;
                if (failures >= retry.Attempts)
                {
                    throw Retry.GiveUp($"download {item.FileName} from {source.Address}", failures, error);
                }

                await retry.WaitAsync(failures, error, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task ReceiveAsync(IMirrorSource source, VersionItem item, PartFile part, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        var content = await source.OpenAsync(item.FileName, part.Length, part.Validator, cancellation).ConfigureAwait(false)
            ?? throw new MirrorException(MirrorFailure.Unavailable, $"{source.Address} has no {item.FileName}, though its manifest of {item.Component} names it");
        await using (content.ConfigureAwait(false))
        {
            if (item.Length > 0 && content.TotalLength is { } total && total != item.Length)
            {
                throw Refuse(source, item, $"it has {total} bytes and should have {item.Length}");
            }

            if (content.Offset != part.Length || content.Offset == 0)
            {
                await part.RestartAsync(content.Validator, cancellation).ConfigureAwait(false);
            }

            await CopyAsync(source, content.Stream, item, part, progress, cancellation).ConfigureAwait(false);
        }

        if (item.Length > 0 && part.Length < item.Length)
        {
            throw new TransientException($"the answer ended after {part.Length} of {item.Length} bytes");
        }
    }

    /// <summary>While one block is written and hashed, the next one is received.</summary>
    private async Task CopyAsync(IMirrorSource source, Stream stream, VersionItem item, PartFile part, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        var (filling, storing) = (new byte[BlockSize], new byte[BlockSize]);
        var stored = Task.CompletedTask;
        var received = part.Length;
        var reported = time.GetTimestamp();
        progress?.Report(new DownloadProgress(item.FileName, received, item.Length));
        for (var more = true; more;)
        {
            var (count, failure) = await ReadBlockAsync(stream, filling, cancellation).ConfigureAwait(false);
            await stored.ConfigureAwait(false);
            received += count;
            if (item.Length > 0 && received > item.Length)
            {
                throw Refuse(source, item, $"it has more than the {item.Length} bytes that it should have");
            }

            (filling, storing) = (storing, filling);
            stored = part.AppendAsync(storing.AsMemory(0, count));
            more = count > 0 && failure is null;
            if (!more || time.GetElapsedTime(reported) >= ProgressInterval)
            {
                reported = time.GetTimestamp();
                progress?.Report(new DownloadProgress(item.FileName, received, item.Length));
            }

            if (failure is not null)
            {
                await stored.ConfigureAwait(false);
                failure.Throw();
            }
        }

        await stored.ConfigureAwait(false);
    }

    /// <summary>Reads until the block is full or the stream ends. If it breaks, what had come by then counts.</summary>
    private static async Task<(int Count, ExceptionDispatchInfo? Failure)> ReadBlockAsync(Stream stream, byte[] block, CancellationToken cancellation)
    {
        var filled = 0;
        try
        {
            while (filled < block.Length && await stream.ReadAsync(block.AsMemory(filled), cancellation).ConfigureAwait(false) is var count and > 0)
            {
                filled += count;
            }

            return (filled, null);
        }
        catch (Exception error) when (error is TransientException or OperationCanceledException)
        {
            return (filled, ExceptionDispatchInfo.Capture(error));
        }
    }

    private static UntrustedException Refuse(IMirrorSource source, VersionItem item, string why) => new Origin(item.FileName, source.Address).Refuse(TrustRule.Content, why);
}
