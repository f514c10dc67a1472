using System.Buffers;
using System.Globalization;
using System.Text;

namespace TiupDmNet.Hosts.Execution;

/// <summary>What a process wrote: its beginning and its end, however much there is between. Safe for a reader beside the writer.</summary>
internal sealed class BoundedBuffer(int limit = BoundedBuffer.OneMebibyte)
{
    public const int OneMebibyte = 1024 * 1024;

    private const int RoomForNotice = 64;

    private readonly int half = (limit - RoomForNotice) / 2;
    private readonly ArrayBufferWriter<byte> head = new();
    private readonly Lock gate = new();
    private byte[]? ring;
    private long beyondHead;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            var toHead = Math.Min(bytes.Length, half - head.WrittenCount);
            head.Write(bytes[..toHead]);
            for (var rest = bytes[toHead..]; !rest.IsEmpty;)
            {
                ring ??= new byte[half];
                var at = (int)(beyondHead % half);
                var count = Math.Min(rest.Length, half - at);
                rest[..count].CopyTo(ring.AsSpan(at));
                beyondHead += count;
                rest = rest[count..];
            }
        }
    }

    /// <summary>UTF-8 with U+FFFD for what is none; a line says how much was cut, never in the middle of a character.</summary>
    public override string ToString()
    {
        lock (gate)
        {
            var begin = head.WrittenSpan;
            if (beyondHead == 0)
            {
                return Encoding.UTF8.GetString(begin);
            }

            if (beyondHead <= half)
            {
                return Encoding.UTF8.GetString([.. begin, .. ring.AsSpan(0, (int)beyondHead)]);
            }

            var split = (int)(beyondHead % half);
            byte[] end = [.. ring.AsSpan(split), .. ring.AsSpan(0, split)];
            var keptBegin = WithoutBrokenEnd(begin);
            var keptEnd = WithoutBrokenBegin(end);
            var cut = beyondHead - half + (begin.Length - keptBegin.Length) + (end.Length - keptEnd.Length);
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
