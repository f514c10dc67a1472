using System.Buffers.Binary;
using System.Text;
using ICSharpCode.SharpZipLib.Tar;

namespace TiupDmNet.Packages.Reading;

/// <summary>One header of a tar archive as it is written there; nothing in it is to be trusted yet.</summary>
/// <param name="Name">Its bytes, as Latin-1.</param>
/// <param name="Size">Bytes of content that follow.</param>
/// <param name="Mode">All twelve bits.</param>
/// <param name="Type">POSIX and GNU type flag; NUL for a file in archives of before 1988.</param>
/// <param name="LinkTarget">Its bytes, as Latin-1; "" for what is not a link.</param>
internal sealed record TarBlock(string Name, long Size, int Mode, char Type, string LinkTarget)
{
    public const int Length = 512;

    private const int ModeOffset = 100;
    private const int SizeOffset = 124;
    private const int ChecksumOffset = 148;

    /// <exception cref="FormatException">A check sum or a number is wrong; the message says which, as the end of a sentence.</exception>
    public static TarBlock Parse(byte[] block)
    {
        if (!ChecksumIsRight(block))
        {
            throw new FormatException("the check sum of a tar header is wrong");
        }

        // Of SharpZipLib's parser only the names are used: it takes wrong digits for numbers, and stops at a time before 1970.
        var name = Name(0, 100);
        var prefix = Name(257, 6) == "ustar" ? Name(345, 155) : "";
        return new TarBlock(
            prefix.Length > 0 ? $"{prefix}/{name}" : name,
            Number(block.AsSpan(SizeOffset, 12)),
            (int)(Number(block.AsSpan(ModeOffset, 8)) & 0xfff),
            (char)block[156],
            Name(157, 100));

        string Name(int at, int length) => TarHeader.ParseName(block.AsSpan(at, length), Encoding.Latin1);
    }

    public static bool ChecksumIsRight(ReadOnlySpan<byte> block)
    {
        if (block.Length < Length)
        {
            return false;
        }

        var sum = 0L;
        for (var i = 0; i < Length; i++)
        {
            sum += i is >= ChecksumOffset and < ChecksumOffset + 8 ? ' ' : block[i];
        }

        try
        {
            return Number(block.Slice(ChecksumOffset, 8)) == sum;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>Octal digits between blanks or NULs, or, as GNU writes what does not fit, big-endian binary after a first byte of 0x80.</summary>
    private static long Number(ReadOnlySpan<byte> field)
    {
        if (field[0] >= 0x80)
        {
            var low = field[^8..];
            var high = field[..^8];
            var fits = field[0] == 0x80
                && (high.IsEmpty || !high[1..].ContainsAnyExcept((byte)0))
                && BinaryPrimitives.ReadInt64BigEndian(low) >= 0;
            return fits && !high.IsEmpty
                ? BinaryPrimitives.ReadInt64BigEndian(low)
                : throw new FormatException("a number in a tar header is out of range");
        }

        var digits = field.Trim(" \0"u8);
        var value = 0L;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                throw new FormatException("a number in a tar header is not octal");
            }

            value = (value << 3) + (digit - '0');
        }

        return value;
    }
}
