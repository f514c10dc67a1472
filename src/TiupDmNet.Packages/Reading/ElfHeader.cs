using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace TiupDmNet.Packages.Reading;

/// <summary>What the first bytes of an ELF file say. (System V ABI, chapters 4 and 5; TIS ELF 1.2)</summary>
/// <param name="Class">32 or 64.</param>
/// <param name="Architecture">In Go's words, as TiUP uses them.</param>
/// <param name="InterpreterOffset">Where the file names its dynamic loader; 0 when it is static.</param>
/// <param name="InterpreterLength">Bytes there.</param>
/// <param name="Needs">Bytes that the file must at least have to be whole.</param>
internal sealed record ElfHeader(int Class, string Architecture, long InterpreterOffset, int InterpreterLength, long Needs)
{
    private const uint Load = 1;
    private const uint Interpreter = 3;
    private const int LongestInterpreter = 4096;

    public static bool IsElf(ReadOnlySpan<byte> head) => head.StartsWith("\u007fELF"u8);

    /// <param name="head">The file's first bytes, at least a page if it has as many.</param>
    /// <exception cref="FormatException">Not an ELF executable for Linux; the message is the end of a sentence that starts with the file's name.</exception>
    public static ElfHeader Parse(ReadOnlySpan<byte> head)
    {
        if (!IsElf(head))
        {
            throw new FormatException(Verdict(head));
        }

        var wide = head.Length > 6 && head[4] == 2;
        var fields = new Fields(head.ToArray(), BigEndian: head.Length > 6 && head[5] == 2, wide);
        if (head.Length < (wide ? 64 : 52) || head[4] is not (1 or 2) || head[5] is not (1 or 2))
        {
            throw new FormatException("is not a usable executable: its ELF header is cut short or damaged");
        }

        CheckKind(fields, head[7]);
        var sections = fields.Address(wide ? 40 : 32) + ((long)fields.Half(wide ? 60 : 48) * fields.Half(wide ? 58 : 46));
        var needs = fields.Address(wide ? 40 : 32) == 0 ? 0 : sections;
        var (interpreterOffset, interpreterLength) = (0L, 0);
        var programs = fields.Address(wide ? 32 : 28);
        var size = fields.Half(wide ? 54 : 42);
        var count = fields.Half(wide ? 56 : 44);
        if (count > 0 && (size < (wide ? 56 : 32) || programs < 0 || programs + ((long)size * count) > head.Length))
        {
            throw new FormatException("is not a usable executable: its ELF program headers are not where they belong, so it may have been edited or damaged");
        }

        for (var i = 0; i < count; i++)
        {
            var program = (int)programs + (i * size);
            var offset = fields.Address(program + (wide ? 8 : 4));
            var length = fields.Address(program + (wide ? 32 : 16));
            switch (fields.Word(program))
            {
                case Load:
                    needs = Math.Max(needs, offset + length);
                    break;
                case Interpreter when offset > 0 && length is > 0 and <= LongestInterpreter:
                    (interpreterOffset, interpreterLength) = (offset, (int)length);
                    needs = Math.Max(needs, offset + length);
                    break;
            }
        }

        return new ElfHeader(wide ? 64 : 32, ArchitectureName(fields.Half(18), fields.BigEndian, wide), interpreterOffset, interpreterLength, needs);
    }

    private static void CheckKind(Fields fields, byte system)
    {
        var kind = fields.Half(16) switch
        {
            2 or 3 => null,
            1 => "an object file",
            4 => "a core dump",
            _ => "an ELF file of an unknown kind",
        };
        if (kind is not null)
        {
            throw new FormatException($"is {kind}, not an executable");
        }

        // 0 says nothing, 3 says Linux.
        var foreign = system switch
        {
            0 or 3 => null,
            2 => "NetBSD",
            6 => "Solaris",
            9 => "FreeBSD",
            12 => "OpenBSD",
            _ => string.Create(CultureInfo.InvariantCulture, $"the operating system {system} of the ELF standard"),
        };
        if (foreign is not null)
        {
            throw new FormatException($"is an executable for {foreign}, and DM runs on Linux");
        }
    }

    private static string ArchitectureName(int machine, bool bigEndian, bool wide) => machine switch
    {
        3 => "386",
        8 => (wide ? "mips64" : "mips") + (bigEndian ? "" : "le"),
        21 => bigEndian ? "ppc64" : "ppc64le",
        22 => "s390x",
        40 => "arm",
        62 => "amd64",
        183 => "arm64",
        243 => wide ? "riscv64" : "riscv",
        258 => wide ? "loong64" : "loong",
        _ => string.Create(CultureInfo.InvariantCulture, $"machine-{machine}"),
    };

    /// <summary>What a file is that should have been an executable.</summary>
    private static string Verdict(ReadOnlySpan<byte> head) => head switch
    {
        [] => "is empty, not an executable",
        [(byte)'#', (byte)'!', ..] => $"is a script ({Text.Shown(FirstLine(head))}), not an ELF executable as DM's components are",
        [0xcf or 0xce, 0xfa, 0xed, 0xfe, ..] or [0xca, 0xfe, 0xba, 0xbe, ..] => "is an executable for macOS, and DM runs on Linux",
        [(byte)'M', (byte)'Z', ..] => "is an executable for Windows, and DM runs on Linux",
        [0x1f, 0x8b, ..] => "is compressed with gzip itself; unpack it first",
        _ => "is not an ELF executable",
    };

    private static string FirstLine(ReadOnlySpan<byte> head)
    {
        var end = head.IndexOf((byte)'\n');
        var line = end < 0 ? head : head[..end];
        return Encoding.Latin1.GetString(line[..Math.Min(line.Length, 60)]).TrimEnd();
    }

    private readonly record struct Fields(byte[] Bytes, bool BigEndian, bool Wide)
    {
        public int Half(int offset) => BigEndian
            ? BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(offset))
            : BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(offset));

        public uint Word(int offset) => BigEndian
            ? BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(offset))
            : BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan(offset));

        /// <summary>An address or a length; one that no file can have becomes the largest that sums with another do not overflow.</summary>
        public long Address(int offset)
        {
            if (!Wide)
            {
                return Word(offset);
            }

            var value = BigEndian
                ? BinaryPrimitives.ReadUInt64BigEndian(Bytes.AsSpan(offset))
                : BinaryPrimitives.ReadUInt64LittleEndian(Bytes.AsSpan(offset));
            return (long)Math.Min(value, long.MaxValue / 4);
        }
    }
}
