using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace TiupDmNet.Packages.Reading;

/// <summary>
/// A file read once from front to back, hashed as it goes by. Readers take bytes from a window,
/// and may put back what they took last.
/// </summary>
[SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "TiUP names packages by SHA-1; trust rests on SHA-256.")]
internal sealed class HashedFile(FileStream file, CancellationToken cancellation) : IDisposable
{
    private const int Capacity = 256 * 1024;

    private readonly IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
    private byte[] window = ArrayPool<byte>.Shared.Rent(Capacity);
    private int start;
    private int end;
    private bool ended;

    /// <summary>Bytes read from the file.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of the file before what comes next.</summary>
    public long Position => Length - (end - start);

    /// <summary>Reads elsewhere in the file, without moving on.</summary>
    public int ReadAt(long position, Span<byte> destination)
    {
        cancellation.ThrowIfCancellationRequested();
        return RandomAccess.Read(file.SafeFileHandle, destination, position);
    }

    /// <summary>At least <paramref name="count"/> bytes that come next, fewer only at the end of the file. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (end - start < count && Fill(keepFrom: start))
        {
        }

        return window.AsSpan(start, end - start);
    }

    public void Skip(int count) => start += count;

    /// <summary>Takes up to <paramref name="destination"/>.Length bytes; 0 at the end of the file.</summary>
    public int Read(Span<byte> destination)
    {
        if (start == end && !Fill(keepFrom: start))
        {
            return 0;
        }

        var count = Math.Min(destination.Length, end - start);
        window.AsSpan(start, count).CopyTo(destination);
        start += count;
        return count;
    }

    /// <summary>Puts back the <paramref name="count"/> bytes that the last <see cref="Read"/> took, or some of them.</summary>
    public void PutBack(int count) => start -= count;

    /// <summary>Lower-case hex, of everything up to the end of the file.</summary>
    public (string Sha256, string Sha1) Finish()
    {
        while (ended is false)
        {
            start = end;
            Fill(keepFrom: start);
        }

        return (Convert.ToHexStringLower(sha256.GetHashAndReset()), Convert.ToHexStringLower(sha1.GetHashAndReset()));
    }

    public void Dispose()
    {
        sha256.Dispose();
        sha1.Dispose();
        ArrayPool<byte>.Shared.Return(window);
        window = [];
        file.Dispose();
    }

    private bool Fill(int keepFrom)
    {
        cancellation.ThrowIfCancellationRequested();
        if (ended)
        {
            return false;
        }

        // The window moves only when it is used up, so that the bytes taken last can be put back.
        if (end == window.Length || keepFrom == end)
        {
            window.AsSpan(keepFrom, end - keepFrom).CopyTo(window);
            (start, end) = (start - keepFrom, end - keepFrom);
        }

        var count = file.Read(window, end, window.Length - end);
        if (count == 0)
        {
            ended = true;
            return false;
        }

        sha256.AppendData(window, end, count);
        sha1.AppendData(window, end, count);
        Length += count;
        end += count;
        return true;
    }
}
