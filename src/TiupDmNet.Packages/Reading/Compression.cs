namespace TiupDmNet.Packages.Reading;

internal enum Container
{
    Gzip,
    Tar,
}

/// <summary>Tells by its first bytes what a file is, and how to make a package of what is none.</summary>
internal static class Compression
{
    /// <summary>As many bytes as the recognition looks at: one tar header.</summary>
    public const int HeadLength = 512;

    /// <exception cref="PackageException">Not gzip and not tar; the sentence names the format and the way out.</exception>
    public static Container Recognise(ReadOnlySpan<byte> head, string name)
    {
        if (head.IsEmpty)
        {
            throw new PackageException($"{name} is empty");
        }

        if (head.StartsWith<byte>([0x1f, 0x8b]))
        {
            return Container.Gzip;
        }

        if (LooksLikeTar(head))
        {
            return Container.Tar;
        }

        throw new PackageException($"{name} {Verdict(head, name)}");
    }

    /// <summary>What a file is that should have been a tar archive, as the end of a sentence that starts with its name.</summary>
    public static string Verdict(ReadOnlySpan<byte> head, string name)
    {
        var target = Text.Word(WithoutExtension(name) + ".tar.gz");
        var source = Text.Word(name);
        return head switch
        {
            [(byte)'P', (byte)'K', 3 or 5, 4 or 6, ..] =>
                $"is a zip archive, and TiUP installs gzipped tar archives only; repack it with `unzip {source} -d repack && tar -czf {target} -C repack .`",
            [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => Recompress("xz", "xz"),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Recompress("zstd", "zstd"),
            [(byte)'B', (byte)'Z', (byte)'h', ..] => Recompress("bzip2", "bzip2"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Recompress("lz4", "lz4"),
            [(byte)'7', (byte)'z', 0xbc, 0xaf, 0x27, 0x1c, ..] =>
                $"is a 7z archive, and TiUP installs gzipped tar archives only; repack it with `7z x {source} -orepack && tar -czf {target} -C repack .`",
            [0x7f, (byte)'E', (byte)'L', (byte)'F', ..] =>
                "is an executable, not a package; wrap it with `dotnet dm-patch package build`",
            _ when LooksLikeHtml(head) => "is a web page, not a package; the download went to the wrong address",
            _ => "is neither a gzipped tar archive nor a tar archive; the download may be incomplete",
        };

        string Recompress(string format, string tool) =>
            $"is compressed with {format}, and TiUP installs gzipped tar archives only; recompress it with `{tool} -dc {source} | gzip > {target}`";
    }

    private static bool LooksLikeTar(ReadOnlySpan<byte> head)
    {
        if (head.Length < HeadLength)
        {
            return false;
        }

        // A POSIX or GNU header says "ustar"; one of before 1988 only adds up. An archive without members is all zeros.
        return head[257..].StartsWith("ustar"u8) || TarBlock.ChecksumIsRight(head) || !head[..HeadLength].ContainsAnyExcept((byte)0);
    }

    private static bool LooksLikeHtml(ReadOnlySpan<byte> head)
    {
        var text = head.TrimStart(" \t\r\n"u8);
        return text.StartsWith("<!DOCTYPE"u8) || text.StartsWith("<!doctype"u8) || text.StartsWith("<html"u8) || text.StartsWith("<HTML"u8)
            || text.StartsWith("<?xml"u8);
    }

    private static string WithoutExtension(string name)
    {
        foreach (var extension in (ReadOnlySpan<string>)[".tar.xz", ".tar.zst", ".tar.bz2", ".tar.lz4", ".txz", ".tzst", ".tbz2", ".tbz", ".xz", ".zst", ".bz2", ".lz4", ".zip", ".7z", ".tar.gz"])
        {
            if (name.EndsWith(extension, StringComparison.Ordinal) && name.Length > extension.Length)
            {
                return name[..^extension.Length];
            }
        }

        return name;
    }
}
