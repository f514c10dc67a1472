using System.Buffers.Binary;

namespace TiupDmNet.Packages.Reading;

/// <summary>The header of a gzip member. (RFC 1952 §2.3)</summary>
internal static class GzipHeader
{
    private const int FixedLength = 10;

    /// <summary>Most that a file name or a comment in a header may take.</summary>
    private const int LongestText = 64 * 1024;

    private const byte HeaderCheck = 0x02;
    private const byte Extra = 0x04;
    private const byte FileName = 0x08;
    private const byte Comment = 0x10;
    private const byte Reserved = 0xe0;

    public static void Skip(HashedFile file, string name)
    {
        var header = file.Peek(FixedLength);
        if (!header.StartsWith<byte>([0x1f, 0x8b]))
        {
            throw new PackageException($"{name} is damaged: something that is not gzip follows its compressed data; fetch it again");
        }

        if (header.Length < FixedLength)
        {
            throw Truncated(name);
        }

        var flags = header[3];
        if (header[2] != 8 || (flags & Reserved) != 0)
        {
            throw new PackageException($"{name} is damaged: its gzip header asks for what gzip does not have; fetch it again");
        }

        file.Skip(FixedLength);
        if ((flags & Extra) != 0)
        {
            var size = file.Peek(2);
            SkipExactly(file, size.Length < 2 ? 2 : 2 + BinaryPrimitives.ReadUInt16LittleEndian(size), name);
        }

        if ((flags & FileName) != 0)
        {
            SkipText(file, name);
        }

        if ((flags & Comment) != 0)
        {
            SkipText(file, name);
        }

        if ((flags & HeaderCheck) != 0)
        {
            SkipExactly(file, 2, name);
        }
    }

    private static void SkipText(HashedFile file, string name)
    {
        var text = file.Peek(LongestText);
        var end = text.IndexOf((byte)0);
        if (end < 0)
        {
            throw Truncated(name);
        }

        file.Skip(end + 1);
    }

    private static void SkipExactly(HashedFile file, int count, string name)
    {
        if (file.Peek(count).Length < count)
        {
            throw Truncated(name);
        }

        file.Skip(count);
    }

    private static PackageException Truncated(string name) =>
        new($"{name} is truncated: it ends inside a gzip header; fetch it again");
}
