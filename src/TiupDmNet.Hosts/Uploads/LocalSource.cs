using System.Security.Cryptography;

namespace TiupDmNet.Hosts.Uploads;

/// <summary>The file on this machine.</summary>
internal sealed class LocalSource : IDisposable
{
    private readonly Upload upload;
    private readonly HostAddress address;
    private readonly FileStream file;

    /// <exception cref="HostException"><see cref="HostFailure.Corrupt"/>: it has another size than announced.</exception>
    public LocalSource(Upload upload, HostAddress address)
    {
        this.upload = upload;
        this.address = address;
        file = new FileStream(upload.LocalPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        var length = file.Length;
        if (length != upload.Size)
        {
            Dispose();
            throw Changed(FormattableString.Invariant($"it has {length} bytes instead of {upload.Size}"));
        }
    }

    /// <summary>SHA-256 of the first bytes, lower-case hex.</summary>
    public async Task<string> HashAsync(long count, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await ReadAsync(0, count, Append, cancellation).ConfigureAwait(false);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        ValueTask Append(ReadOnlyMemory<byte> chunk)
        {
            hash.AppendData(chunk.Span);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Sends what is after the offset.</summary>
    /// <param name="to">Standard input of the far side.</param>
    /// <param name="offset">Bytes that the far side has.</param>
    /// <param name="progress">Bytes from the beginning of the file.</param>
    /// <param name="stall">The longest time for which nothing may move.</param>
    /// <param name="time">For that limit.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task CopyToAsync(Stream to, long offset, IProgress<long>? progress, TimeSpan stall, TimeProvider time, CancellationToken cancellation)
    {
        var sent = offset;
        await ReadAsync(offset, upload.Size - offset, WriteAsync, cancellation).ConfigureAwait(false);

        async ValueTask WriteAsync(ReadOnlyMemory<byte> chunk)
        {
            using var limit = new CancellationTokenSource(stall, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            try
            {
                await to.WriteAsync(chunk, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                throw new HostException(
                    HostFailure.TimedOut,
                    address.ToString(),
                    FormattableString.Invariant($"The upload of {upload.RemotePath} to {address} did not move for {stall.TotalSeconds:0} s; look at the disk there. What arrived stays there, and the same upload continues it."));
            }

            sent += chunk.Length;
            progress?.Report(sent);
        }
    }

    public HostException Changed(string how) =>
        new(HostFailure.Corrupt, address.ToString(), $"{upload.LocalPath} changed before it was sent to {address}: {how}.");

    public void Dispose() => file.Dispose();

    private async Task ReadAsync(long from, long count, Func<ReadOnlyMemory<byte>, ValueTask> use, CancellationToken cancellation)
    {
        file.Position = from;
        var buffer = new byte[256 * 1024];
        for (var left = count; left > 0;)
        {
            var read = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                throw Changed("it became shorter");
            }

            await use(buffer.AsMemory(0, read)).ConfigureAwait(false);
            left -= read;
        }
    }
}
