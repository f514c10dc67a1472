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

    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
    private byte[] _window = ArrayPool<byte>.Shared.Rent(Capacity);
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Bytes read from the file.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of the file before what comes next.</summary>
    public long Position => Length - (_end - _start);

    /// <summary>Reads elsewhere in the file, without moving on.</summary>
    public int ReadAt(long position, Span<byte> destination)
    {
        cancellation.ThrowIfCancellationRequested();
        return RandomAccess.Read(file.SafeFileHandle, destination, position);
    }

    /// <summary>At least <paramref name="count"/> bytes that come next, fewer only at the end of the file. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (_end - _start < count && Fill(keepFrom: _start))
        {
        }

        return _window.AsSpan(_start, _end - _start);
    }

    public void Skip(int count) => _start += count;

    /// <summary>Takes up to <paramref name="destination"/>.Length bytes; 0 at the end of the file.</summary>
    public int Read(Span<byte> destination)
    {
        if (_start == _end && !Fill(keepFrom: _start))
        {
            return 0;
        }

        var count = Math.Min(destination.Length, _end - _start);
        _window.AsSpan(_start, count).CopyTo(destination);
        _start += count;
        return count;
    }

    /// <summary>Puts back the <paramref name="count"/> bytes that the last <see cref="Read"/> took, or some of them.</summary>
    public void PutBack(int count) => _start -= count;

    /// <summary>Lower-case hex, of everything up to the end of the file.</summary>
    public (string Sha256, string Sha1) Finish()
    {
        while (_ended is false)
        {
            _start = _end;
            Fill(keepFrom: _start);
        }

        return (Convert.ToHexStringLower(_sha256.GetHashAndReset()), Convert.ToHexStringLower(_sha1.GetHashAndReset()));
    }

    public void Dispose()
    {
        _sha256.Dispose();
        _sha1.Dispose();
        ArrayPool<byte>.Shared.Return(_window);
        _window = [];
        file.Dispose();
    }

    private bool Fill(int keepFrom)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_ended)
        {
            return false;
        }

        // The window moves only when it is used up, so that the bytes taken last can be put back.
        if (_end == _window.Length || keepFrom == _end)
        {
            _window.AsSpan(keepFrom, _end - keepFrom).CopyTo(_window);
            (_start, _end) = (_start - keepFrom, _end - keepFrom);
        }

        var count = file.Read(_window, _end, _window.Length - _end);
        if (count == 0)
        {
            _ended = true;
            return false;
        }

        _sha256.AppendData(_window, _end, count);
        _sha1.AppendData(_window, _end, count);
        Length += count;
        _end += count;
        return true;
    }
}
