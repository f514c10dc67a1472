using System.Security.Cryptography;
using System.Text;

namespace TiupDmNet.Packages.Reading;

/// <summary>Takes an executable as it goes by: its hash, its ELF header, its loader, and what the Go linker wrote about it.</summary>
internal sealed class ElfProbe : IDisposable
{
    /// <summary>Program headers and the loader's name lie in the first page, except in executables that were edited afterwards.</summary>
    private const int HeadLength = 64 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly GoMainPackage _go = new();
    private readonly byte[] _head = new byte[HeadLength];
    private int _headLength;
    private ElfHeader? _header;
    private bool _tried;
    private byte[] _interpreter = [];
    private long _position;

    public void Write(ReadOnlySpan<byte> content)
    {
        _hash.AppendData(content);
        _go.Write(content);
        if (_headLength < HeadLength)
        {
            var count = Math.Min(content.Length, HeadLength - _headLength);
            content[..count].CopyTo(_head.AsSpan(_headLength));
            _headLength += count;
        }

        if (_headLength == HeadLength && !_tried)
        {
            _tried = true;
            TryParse();
        }

        CaptureInterpreter(content);
        _position += content.Length;
    }

    /// <exception cref="FormatException">Not a usable executable; the message is the end of a sentence that starts with its name.</exception>
    public Executable Finish()
    {
        var elf = ElfHeader.Parse(_head.AsSpan(0, _headLength));
        if (elf.Needs > _position)
        {
            throw new FormatException($"is cut short: its headers speak of {Text.Bytes(elf.Needs)}, and it has {Text.Bytes(_position)}");
        }

        if (elf.InterpreterLength > 0 && elf.InterpreterOffset + elf.InterpreterLength <= _headLength)
        {
            _interpreter = _head.AsSpan((int)elf.InterpreterOffset, elf.InterpreterLength).ToArray();
        }

        var name = Encoding.Latin1.GetString(_interpreter);
        var end = name.IndexOf('\0', StringComparison.Ordinal);
        return new Executable(
            Convert.ToHexStringLower(_hash.GetHashAndReset()),
            _position,
            elf.Class,
            elf.Architecture,
            elf.InterpreterLength > 0 ? Text.Shown(end < 0 ? name : name[..end]) : null)
        {
            GoMainPackage = _go.Path,
        };
    }

    public void Dispose() => _hash.Dispose();

    private void TryParse()
    {
        try
        {
            _header = ElfHeader.Parse(_head);
            _interpreter = new byte[_header.InterpreterLength];
        }
        catch (FormatException)
        {
            // Said by Finish, once it is clear that this is the executable that counts.
        }
    }

    /// <summary>A loader's name further back than the head.</summary>
    private void CaptureInterpreter(ReadOnlySpan<byte> content)
    {
        if (_header is null || _interpreter.Length == 0)
        {
            return;
        }

        var from = Math.Max(_header.InterpreterOffset, _position);
        var to = Math.Min(_header.InterpreterOffset + _interpreter.Length, _position + content.Length);
        if (from < to)
        {
            content[(int)(from - _position)..(int)(to - _position)].CopyTo(_interpreter.AsSpan((int)(from - _header.InterpreterOffset)));
        }
    }
}
