using System.IO.Compression;
using System.Text;

namespace TiupDmNet.Packages.Tests.Support;

/// <summary>Tar archives made by hand, header by header, also such as no tar would make.</summary>
internal sealed class Tar
{
    private readonly List<byte> _archive = [];

    /// <summary>dm-worker as PingCAP packs it.</summary>
    public static Tar Worker() => new Tar().Directory("dm-worker/").File("dm-worker/dm-worker", Elf.Wide());

    public Tar File(string name, byte[] content, int mode = 0x1ed) => Member(name, '0', content, mode);

    public Tar File(string name, string content, int mode = 0x1a4) => Member(name, '0', Encoding.UTF8.GetBytes(content), mode);

    public Tar Directory(string name, int mode = 0x1ed) => Member(name, '5', [], mode);

    public Tar Link(string name, string target) => Member(name, '2', [], 0x1ff, target);

    public Tar HardLink(string name, string target) => Member(name, '1', [], 0x1a4, target);

    public Tar Pax(string records, char type = 'x') => Member("PaxHeaders/x", type, Encoding.UTF8.GetBytes(records), 0x1a4);

    /// <summary>One record with the length that it should have.</summary>
    public static string Record(string key, string value)
    {
        var rest = Encoding.UTF8.GetByteCount($" {key}={value}\n");
        var length = rest + 1;
        while ($"{length}".Length + rest != length)
        {
            length++;
        }

        return $"{length} {key}={value}\n";
    }

    public Tar Member(string name, char type, byte[] content, int mode, string target = "", long? size = null)
    {
        _archive.AddRange(Header(name, type, mode, target, size ?? content.Length));
        _archive.AddRange(content);
        _archive.AddRange(new byte[-content.Length & 511]);
        return this;
    }

    public Tar Bytes(byte[] bytes)
    {
        _archive.AddRange(bytes);
        return this;
    }

    public static byte[] Header(string name, char type, int mode, string target, long size)
    {
        var header = new byte[512];
        Put(0, 100, name);
        Put(100, 8, Convert.ToString(mode, 8).PadLeft(7, '0'));
        Put(108, 8, "0000000");
        Put(116, 8, "0000000");
        Put(124, 12, Convert.ToString(size, 8).PadLeft(11, '0'));
        Put(136, 12, "00000000000");
        header[156] = (byte)type;
        Put(157, 100, target);
        Put(257, 8, "ustar\0" + "00");
        Sign(header);
        return header;

        void Put(int at, int length, string text)
        {
            var bytes = Encoding.Latin1.GetBytes(text);
            bytes.AsSpan(0, Math.Min(bytes.Length, length)).CopyTo(header.AsSpan(at));
        }
    }

    /// <summary>Makes the check sum of a header right.</summary>
    public static void Sign(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in header)
        {
            sum += value;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
    }

    public byte[] WithoutEnd() => _archive.ToArray();

    public byte[] Plain() => [.. _archive.ToArray(), .. new byte[1024]];

    public byte[] Gzip() => Compress(Plain());

    public static byte[] Compress(byte[] content)
    {
        var gzip = new MemoryStream();
        using (var stream = new GZipStream(gzip, CompressionLevel.Fastest))
        {
            stream.Write(content);
        }

        return gzip.ToArray();
    }
}
