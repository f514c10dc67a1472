using System.Buffers;
using System.Globalization;
using System.Text;

namespace TiupDmNet.Hosts.Execution;

/// <summary>What a process wrote: its beginning and its end, however much there is between. Safe for a reader beside the writer.</summary>
internal sealed class BoundedBuffer(int limit = BoundedBuffer.OneMebibyte)
{
    public const int OneMebibyte = 1024 * 1024;

    private const int RoomForNotice = 64;

    private readonly int _half = (limit - RoomForNotice) / 2;
    private readonly ArrayBufferWriter<byte> _head = new();
    private readonly Lock _gate = new();
    private byte[]? _ring;
    private long _beyondHead;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            var toHead = Math.Min(bytes.Length, _half - _head.WrittenCount);
            _head.Write(bytes[..toHead]);
            for (var rest = bytes[toHead..]; !rest.IsEmpty;)
            {
                _ring ??= new byte[_half];
                var at = (int)(_beyondHead % _half);
                var count = Math.Min(rest.Length, _half - at);
                rest[..count].CopyTo(_ring.AsSpan(at));
                _beyondHead += count;
                rest = rest[count..];
            }
        }
    }

    /// <summary>UTF-8 with U+FFFD for what is none; a line says how much was cut, never in the middle of a character.</summary>
    public override string ToString()
    {
        lock (_gate)
        {
            var begin = _head.WrittenSpan;
            if (_beyondHead == 0)
            {
                return Encoding.UTF8.GetString(begin);
            }

            if (_beyondHead <= _half)
            {
                return Encoding.UTF8.GetString([.. begin, .. _ring.AsSpan(0, (int)_beyondHead)]);
            }

            var split = (int)(_beyondHead % _half);
            byte[] end = [.. _ring.AsSpan(split), .. _ring.AsSpan(0, split)];
            var keptBegin = WithoutBrokenEnd(begin);
            var keptEnd = WithoutBrokenBegin(end);
            var cut = _beyondHead - _half + (begin.Length - keptBegin.Length) + (end.Length - keptEnd.Length);
            return string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(keptBegin)}\n[... {cut} bytes cut ...]\n{Encoding.UTF8.GetString(keptEnd)}");
        }
    }

    private static ReadOnlySpan<byte> WithoutBrokenEnd(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var lead = bytes[^back];
            if (IsContinuation(lead))
            {
                continue;
            }

            var wanted = lead switch { >= 0xF0 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 1 };
            return wanted > back ? bytes[..^back] : bytes;
        }

        return bytes;
    }

    private static ReadOnlySpan<byte> WithoutBrokenBegin(ReadOnlySpan<byte> bytes)
    {
        var skip = 0;
        while (skip < Math.Min(3, bytes.Length) && IsContinuation(bytes[skip]))
        {
            skip++;
        }

        return bytes[skip..];
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;
}
