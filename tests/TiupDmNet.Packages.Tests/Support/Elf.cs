using System.Buffers.Binary;
using System.Text;

namespace TiupDmNet.Packages.Tests.Support;

/// <summary>Makes small ELF files that are well-formed as far as headers go.</summary>
internal static class Elf
{
    public const ushort Amd64 = 62;
    public const ushort Arm64 = 183;

    /// <param name="machine">e_machine.</param>
    /// <param name="interpreter">PT_INTERP, or null for a static one.</param>
    /// <param name="content">Follows the headers.</param>
    /// <param name="gap">Bytes between the headers and the interpreter's name.</param>
    public static byte[] Wide(ushort machine = Amd64, string? interpreter = null, string content = "code", int gap = 0)
    {
        var headers = 64 + (56 * 2);
        var name = interpreter is null ? [] : Encoding.ASCII.GetBytes(interpreter + "\0");
        var file = new byte[headers + gap + name.Length + content.Length];
        byte[] identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0];
        identity.CopyTo(file, 0);
        Half(file, 16, 2);
        Half(file, 18, machine);
        Long(file, 32, 64);
        Half(file, 54, 56);
        Half(file, 56, 2);
        Word(file, 64, 1);
        Long(file, 64 + 32, file.Length);
        Word(file, 120, interpreter is null ? 4u : 3u);
        Long(file, 120 + 8, headers + gap);
        Long(file, 120 + 32, name.Length);
        name.CopyTo(file, headers + gap);
        Encoding.Latin1.GetBytes(content).CopyTo(file, headers + gap + name.Length);
        return file;
    }

    public static byte[] Narrow(ushort machine)
    {
        var file = new byte[100];
        byte[] identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 1, 1, 1, 3];
        identity.CopyTo(file, 0);
        Half(file, 16, 3);
        Half(file, 18, machine);
        return file;
    }

    /// <summary>As the Go linker leaves its mark.</summary>
    public static byte[] Go(string mainPackage) => Wide(content:
        "....\u0030\u0077\u00af\u000c\u0092\u0074\u0008\u0002\u0041\u00e1\u00c1\u0007\u00e6\u00d6\u0018\u00e6path\t" + mainPackage + "\nmod\tgithub.com/pingcap/tiflow\t(devel)\t\n....");

    public static void Half(byte[] file, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);

    public static void Word(byte[] file, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);

    public static void Long(byte[] file, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(at), value);
}
