using System.Security.Cryptography;

namespace TiupDmNet.Hosts.Uploads;

/// <summary>The file on this machine.</summary>
internal sealed class LocalSource : IDisposable
{
    private const int PieceSize = 256 * 1024;

    private readonly Upload _upload;
    private readonly HostAddress _address;
    private readonly FileStream _file;

    /// <exception cref="HostException"><see cref="HostFailure.Corrupt"/>: it has another size than announced.</exception>
    public LocalSource(Upload upload, HostAddress address)
    {
        _upload = upload;
        _address = address;
        _file = new FileStream(upload.LocalPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        var length = _file.Length;
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
        var buffer = new byte[PieceSize];
        for (long at = 0; at < count;)
        {
            var read = await RandomAccess.ReadAsync(_file.SafeFileHandle, buffer.AsMemory(0, (int)Math.Min(count - at, buffer.Length)), at, cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                throw Changed("it became shorter");
            }

            hash.AppendData(buffer, 0, read);
            at += read;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Sends what is after the offset.</summary>
    /// <param name="to">Standard input of the far side. When nothing moves any more, the caller ends the process behind it, and with it a write that still waits.</param>
    /// <param name="offset">Bytes that the far side has.</param>
    /// <param name="progress">Bytes from the beginning of the file.</param>
    /// <param name="stall">The longest time for which nothing may move.</param>
    /// <param name="time">For that limit.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task SendAsync(Stream to, long offset, IProgress<long>? progress, TimeSpan stall, TimeProvider time, CancellationToken cancellation)
    {
        var sent = offset;
        var sending = Task.Factory.StartNew(Send, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var (seen, since) = (offset, time.GetTimestamp());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        while (await Task.WhenAny(sending, Task.Delay(stall / 8, time, stop.Token)).ConfigureAwait(false) != sending)
        {
            cancellation.ThrowIfCancellationRequested();
            var now = Volatile.Read(ref sent);
            if (now != seen)
            {
                (seen, since) = (now, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(since) >= stall)
            {
                throw new HostException(
                    HostFailure.TimedOut,
                    _address.ToString(),
                    FormattableString.Invariant($"The upload of {_upload.RemotePath} to {_address} did not move for {stall.TotalSeconds:0} s; look at the disk there. What arrived stays there, and the same upload continues it."));
            }
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await sending.ConfigureAwait(false);

        void Send()
        {
            var buffer = new byte[PieceSize];
            while (sent < _upload.Size && !cancellation.IsCancellationRequested)
            {
                var read = RandomAccess.Read(_file.SafeFileHandle, buffer.AsSpan(0, (int)Math.Min(_upload.Size - sent, buffer.Length)), sent);
                if (read == 0)
                {
                    throw Changed("it became shorter");
                }

                to.Write(buffer, 0, read);
                Volatile.Write(ref sent, sent + read);
                progress?.Report(sent);
            }
        }
    }

    public HostException Changed(string how) =>
        new(HostFailure.Corrupt, _address.ToString(), $"{_upload.LocalPath} changed before it was sent to {_address}: {how}.");

    public void Dispose() => _file.Dispose();
}
