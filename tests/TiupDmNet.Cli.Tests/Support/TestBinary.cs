using System.Buffers.Binary;
using System.Text;

namespace TiupDmNet.Cli.Tests.Support;

/// <summary>The smallest file that is an executable for Linux on amd64 to those who only read it.</summary>
internal static class TestBinary
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;

    public static byte[] Bytes(string payload)
    {
        var bytes = new byte[HeaderSize + ProgramHeaderSize + payload.Length];
        "\u007fELF"u8.CopyTo(bytes);
        (bytes[4], bytes[5], bytes[6]) = (2, 1, 1);
        Put16(16, 2);
        Put16(18, 62);
        Put32(20, 1);
        Put64(32, HeaderSize);
        Put16(52, HeaderSize);
        Put16(54, ProgramHeaderSize);
        Put16(56, 1);
        Put32(HeaderSize, 1);
        Put32(HeaderSize + 4, 5);
        Put64(HeaderSize + 32, (ulong)bytes.Length);
        Put64(HeaderSize + 40, (ulong)bytes.Length);
        Encoding.ASCII.GetBytes(payload).CopyTo(bytes, HeaderSize + ProgramHeaderSize);
        return bytes;

        void Put16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), value);
        void Put32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
        void Put64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);
    }
}
