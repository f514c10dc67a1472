using System.Security.Cryptography;

namespace TiupDmNet.Hosts.Uploads;

/// <summary>The file on this machine, read once, hashed as it is read.</summary>
internal sealed class LocalSource : IDisposable
{
    private readonly Upload upload;
    private readonly HostAddress address;
    private readonly FileStream file;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] buffer = new byte[256 * 1024];

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

    /// <summary>Passes over the part that the host has, if it is the beginning of this file.</summary>
    /// <returns>Where to go on: its size, or 0 to send all.</returns>
    public async Task<long> SkipAsync(long size, string sha256, CancellationToken cancellation)
    {
        if (size == 0)
        {
            return 0;
        }

        await ReadAsync(size, null, cancellation).ConfigureAwait(false);
        if (Convert.ToHexStringLower(hash.GetCurrentHash()) == sha256)
        {
            return size;
        }

        file.Position = 0;
        hash.GetHashAndReset();
        return 0;
    }

    /// <summary>Sends the rest.</summary>
    /// <exception cref="HostException"><see cref="HostFailure.Corrupt"/>: the file is not the one that was announced.</exception>
    public async Task CopyToAsync(Stream to, IProgress<long>? progress, TimeSpan stall, TimeProvider time, CancellationToken cancellation)
    {
        await ReadAsync(upload.Size - file.Position, WriteAsync, cancellation).ConfigureAwait(false);
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != upload.Sha256)
        {
            throw Changed("its content has another sha256 than announced");
        }

        async Task WriteAsync(ReadOnlyMemory<byte> chunk)
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

            progress?.Report(file.Position);
        }
    }

    public void Dispose()
    {
        file.Dispose();
        hash.Dispose();
    }

    private async Task ReadAsync(long count, Func<ReadOnlyMemory<byte>, Task>? write, CancellationToken cancellation)
    {
        for (var left = count; left > 0;)
        {
            var read = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                throw Changed("it became shorter");
            }

            hash.AppendData(buffer, 0, read);
            if (write is not null)
            {
                await write(buffer.AsMemory(0, read)).ConfigureAwait(false);
            }

            left -= read;
        }
    }

    private HostException Changed(string how) =>
        new(HostFailure.Corrupt, address.ToString(), $"{upload.LocalPath} changed before it was sent to {address}: {how}.");
}
