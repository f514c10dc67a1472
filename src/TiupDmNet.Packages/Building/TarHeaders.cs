using System.Text;
using ICSharpCode.SharpZipLib.Tar;
using TiupDmNet.Packages.Reading;

namespace TiupDmNet.Packages.Building;

/// <summary>Headers as GNU tar writes them, but with the same owner and time for all.</summary>
internal static class TarHeaders
{
    /// <summary>Two empty blocks end an archive.</summary>
    public const int EndLength = 2 * TarBlock.Length;

    private const int LongestField = 100;

    /// <summary>Not 1970: older tars warn of an implausibly old time stamp.</summary>
    private static readonly DateTime Time = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static byte[] For(PlannedMember member)
    {
        var name = member.Kind == MemberKind.Directory ? member.Path + "/" : member.Path;
        var header = Header(name, member.Content?.Length ?? 0);
        header.Mode = member.Kind == MemberKind.SymbolicLink ? 0x1ff : member.IsExecutable ? 0x1ed : 0x1a4;
        header.TypeFlag = member.Kind switch
        {
            MemberKind.Directory => TarHeader.LF_DIR,
            MemberKind.SymbolicLink => TarHeader.LF_SYMLINK,
            _ => TarHeader.LF_NORMAL,
        };
        header.LinkName = Start(member.LinkTarget ?? "");
        return [.. Long(TarHeader.LF_GNU_LONGNAME, name), .. Long(TarHeader.LF_GNU_LONGLINK, member.LinkTarget ?? ""), .. Bytes(header)];
    }

    /// <summary>Zeros that fill the last block of a file.</summary>
    public static int Padding(long length) => (int)(-length & (TarBlock.Length - 1));

    /// <summary>The member before a member whose name does not fit into its header; nothing when it fits.</summary>
    private static byte[] Long(byte type, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        if (length <= LongestField)
        {
            return [];
        }

        var header = Header("././@LongLink", length + 1);
        header.TypeFlag = type;
        header.Mode = 0x1a4;
        return [.. Bytes(header), .. Encoding.UTF8.GetBytes(text), 0, .. new byte[Padding(length + 1)]];
    }

    private static TarHeader Header(string name, long size) => new()
    {
        Name = Start(name),
        Size = size,
        ModTime = Time,
        UserId = 0,
        GroupId = 0,
        UserName = "",
        GroupName = "",
        Magic = TarHeader.GNU_TMAGIC,
        Version = " ",
    };

    /// <summary>As many whole characters as fit into a header.</summary>
    private static string Start(string text)
    {
        while (Encoding.UTF8.GetByteCount(text) > LongestField)
        {
            text = text[..^(char.IsSurrogate(text[^1]) ? 2 : 1)];
        }

        return text;
    }

    private static byte[] Bytes(TarHeader header)
    {
        var block = new byte[TarBlock.Length];
        header.WriteHeader(block, Encoding.UTF8);
        return block;
    }
}
