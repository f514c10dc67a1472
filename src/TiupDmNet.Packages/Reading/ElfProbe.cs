using System.Security.Cryptography;
using System.Text;

namespace TiupDmNet.Packages.Reading;

/// <summary>Takes an executable as it goes by: its hash, its ELF header, its loader, and what the Go linker wrote about it.</summary>
internal sealed class ElfProbe : IDisposable
{
    /// <summary>Program headers and the loader's name lie in the first page, except in executables that were edited afterwards.</summary>
    private const int HeadLength = 64 * 1024;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly GoMainPackage go = new();
    private readonly byte[] head = new byte[HeadLength];
    private int headLength;
    private ElfHeader? header;
    private bool tried;
    private byte[] interpreter = [];
    private long position;

    public void Write(ReadOnlySpan<byte> content)
    {
        hash.AppendData(content);
        go.Write(content);
        if (headLength < HeadLength)
        {
            var count = Math.Min(content.Length, HeadLength - headLength);
            content[..count].CopyTo(head.AsSpan(headLength));
            headLength += count;
        }

        if (headLength == HeadLength && !tried)
        {
            tried = true;
            TryParse();
        }

        CaptureInterpreter(content);
        position += content.Length;
    }

    /// <exception cref="FormatException">Not a usable executable; the message is the end of a sentence that starts with its name.</exception>
    public Executable Finish()
    {
        var elf = ElfHeader.Parse(head.AsSpan(0, headLength));
        if (elf.Needs > position)
        {
            throw new FormatException($"is cut short: its headers speak of {Text.Bytes(elf.Needs)}, and it has {Text.Bytes(position)}");
        }

        if (elf.InterpreterLength > 0 && elf.InterpreterOffset + elf.InterpreterLength <= headLength)
        {
            interpreter = head.AsSpan((int)elf.InterpreterOffset, elf.InterpreterLength).ToArray();
        }

        var name = Encoding.Latin1.GetString(interpreter);
        var end = name.IndexOf('\0', StringComparison.Ordinal);
        return new Executable(
            Convert.ToHexStringLower(hash.GetHashAndReset()),
            position,
            elf.Class,
            elf.Architecture,
            elf.InterpreterLength > 0 ? Text.Shown(end < 0 ? name : name[..end]) : null)
        {
            GoMainPackage = go.Path,
        };
    }

    public void Dispose() => hash.Dispose();

    private void TryParse()
    {
        try
        {
            header = ElfHeader.Parse(head);
            interpreter = new byte[header.InterpreterLength];
        }
        catch (FormatException)
        {
            // Said by Finish, once it is clear that this is the executable that counts.
        }
    }

    /// <summary>A loader's name further back than the head.</summary>
    private void CaptureInterpreter(ReadOnlySpan<byte> content)
    {
        if (header is null || interpreter.Length == 0)
        {
            return;
        }

        var from = Math.Max(header.InterpreterOffset, position);
        var to = Math.Min(header.InterpreterOffset + interpreter.Length, position + content.Length);
        if (from < to)
        {
            content[(int)(from - position)..(int)(to - position)].CopyTo(interpreter.AsSpan((int)(from - header.InterpreterOffset)));
        }
    }
}
