using System.Buffers;
using System.Globalization;
using System.Text;

namespace TiupDmNet.Packages.Reading;

/// <summary>Gets the content of the members as they go by.</summary>
internal interface IMemberSink
{
    void Begin(PackageMember member);

    void Write(ReadOnlySpan<byte> content);

    void End();
}

/// <summary>
/// Goes through a tar archive and checks every member before its content is touched. What it reports is what GNU tar on a host would make of the file.
/// SharpZipLib's TarInputStream is not used for this: it skips devices without a word, knows neither GNU long link names nor POSIX sizes
/// and link names, and holds a long name in memory whatever its length.
/// </summary>
internal sealed class TarWalk(Stream stream, string name, PackageLimits limits, IMemberSink sink, CancellationToken cancellation)
{
    /// <summary>GNU tar's largest record: as much padding may follow the end of an archive.</summary>
    private const int LongestPadding = 16 * 1024 * 1024;

    /// <summary>Most that an extended header may take.</summary>
    private const int LongestExtension = 1024 * 1024;

    private readonly MemberTable _table = new();
    private readonly byte[] _block = new byte[TarBlock.Length];
    private readonly Extension _extension = new();
    private int _headers;

    public IReadOnlyList<PackageMember> Members => _table.Members;

    /// <summary>Bytes of the members' content.</summary>
    public long UnpackedSize { get; private set; }

    /// <exception cref="PackageException">Hostile or damaged.</exception>
    public void Run()
    {
        try
        {
            while (ReadHeader() is { } header)
            {
                Take(header);
            }

            if (_extension.IsPending)
            {
                throw new FormatException("is damaged: an extended tar header has no member after it; fetch it again");
            }

            CheckEnd();
            _table.CheckTree();
        }
        catch (FormatException fault)
        {
            throw new PackageException($"{name} {fault.Message}", fault);
        }
    }

    private void Take(TarBlock header)
    {
        switch (header.Type)
        {
            case 'x':
                _extension.Merge(PaxRecords.Parse(ReadExtension(header)));
                break;
            case 'g':
                CheckGlobal(PaxRecords.Parse(ReadExtension(header)));
                break;
            case 'L':
                _extension.LongName = Terminated(ReadExtension(header));
                break;
            case 'K':
                _extension.LongLink = Terminated(ReadExtension(header));
                break;
            default:
                TakeMember(_extension.Apply(header));
                break;
        }
    }

    private void TakeMember(TarBlock header)
    {
        var path = MemberPath.Normalise(header.Name);
        var kind = KindOf(header, path);
        if (kind != MemberKind.File && header.Size != 0)
        {
            throw new FormatException($"is damaged: {Text.Shown(path)} has content but is not a file");
        }

        if (path.Length == 0)
        {
            // "./", the directory that the archive was made in.
            if (kind != MemberKind.Directory)
            {
                throw new FormatException("is hostile: it replaces the directory it is unpacked to");
            }

            return;
        }

        var target = kind switch
        {
            MemberKind.SymbolicLink => MemberPath.CheckSymbolicLink(path, header.LinkTarget),
            MemberKind.HardLink => MemberPath.Normalise(header.LinkTarget),
            _ => null,
        };
        if (header.Size > limits.MaxUnpackedBytes - UnpackedSize)
        {
            throw new FormatException($"unpacks to more than {Text.Bytes(limits.MaxUnpackedBytes)}, which no package of a DM component needs");
        }

        var member = new PackageMember(path, kind, header.Size, (UnixFileMode)(header.Mode & 0x1ff), target);
        _table.Add(member);
        UnpackedSize += member.Size;
        sink.Begin(member);
        Copy(member);
        sink.End();
    }

    private static MemberKind KindOf(TarBlock header, string path) => header.Type switch
    {
        // Archives of before 1988 have no type for directories; their names end in a slash. GNU tar still honours that.
        '0' or '\0' when header.Name.EndsWith('/') => MemberKind.Directory,
        '0' or '\0' => MemberKind.File,
        '1' => MemberKind.HardLink,
        '2' => MemberKind.SymbolicLink,
        '5' => MemberKind.Directory,
        '3' or '4' => throw new FormatException($"is hostile: {Text.Shown(path)} is a device"),
        '6' => throw new FormatException($"is hostile: {Text.Shown(path)} is a named pipe"),
        'S' => throw Extension.Sparse(path),
        var other => throw new FormatException(
            $"holds a member of a kind that a package has no use for: {Text.Shown(path)} (tar type \"{Text.Shown(other.ToString())}\")"),
    };

    /// <summary>The next header, or null at the end of the archive.</summary>
    private TarBlock? ReadHeader()
    {
        cancellation.ThrowIfCancellationRequested();
        ReadBlock();
        if (!_block.AsSpan().ContainsAnyExcept((byte)0))
        {
            return null;
        }

        if (++_headers > limits.MaxMembers)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"holds more than {limits.MaxMembers:N0} members, which no package of a DM component needs"));
        }

        try
        {
            return TarBlock.Parse(_block);
        }
        catch (FormatException) when (_headers == 1)
        {
            throw new FormatException(Compression.Verdict(_block, name));
        }
        catch (FormatException fault)
        {
            throw new FormatException($"is damaged: {fault.Message}; fetch it again");
        }
    }

    private void Copy(PackageMember member)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            var left = member.Size;
            while (left > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
                if (count == 0)
                {
                    throw new FormatException($"is truncated: it ends inside {Text.Shown(member.Path)}; fetch it again");
                }

                sink.Write(buffer.AsSpan(0, count));
                left -= count;
            }

            Discard((int)(-member.Size & (TarBlock.Length - 1)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private byte[] ReadExtension(TarBlock header)
    {
        if (header.Size > LongestExtension)
        {
            throw new FormatException($"is hostile: it has an extended tar header of {Text.Bytes(header.Size)}");
        }

        var content = new byte[header.Size];
        ReadExactly(content);

        // GNU tar reads a long name up to its NUL, even if that lies behind the size that the header gives.
        var padding = _block.AsSpan(0, (int)(-header.Size & (TarBlock.Length - 1)));
        ReadExactly(padding);
        return padding.ContainsAnyExcept((byte)0)
            ? throw new FormatException("is damaged: an extended tar header is longer than it says; fetch it again")
            : content;
    }

    private static void CheckGlobal(Dictionary<string, string> records)
    {
        // Git writes its commit there, which is harmless. What would change every member that follows is not.
        if (records.Keys.FirstOrDefault(key => key is "path" or "linkpath" or "size" || key.StartsWith("GNU.sparse.", StringComparison.Ordinal)) is { } key)
        {
            throw new FormatException($"is hostile: a global tar header sets \"{Text.Shown(key)}\" for all members");
        }
    }

    /// <summary>Two blocks of zeros end an archive, and only zeros may follow.</summary>
    private void CheckEnd()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            var padding = 0L;
            int count;
            while ((count = stream.Read(buffer, 0, buffer.Length)) > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                if (buffer.AsSpan(0, count).ContainsAnyExcept((byte)0))
                {
                    throw new FormatException("holds data after the end of its tar archive, which tar would ignore; it may be two archives in one file, or damaged");
                }

                padding += count;
                if (padding > LongestPadding)
                {
                    throw new FormatException($"is hostile: more than {Text.Bytes(LongestPadding)} of nothing follow the end of its tar archive");
                }
            }

            if (padding < TarBlock.Length)
            {
                throw EndsEarly();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReadBlock() => ReadExactly(_block);

    private void Discard(int count) => ReadExactly(_block.AsSpan(0, count));

    private void ReadExactly(Span<byte> destination)
    {
        if (stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) < destination.Length)
        {
            throw EndsEarly();
        }
    }

    private static FormatException EndsEarly() => new("is truncated: its tar archive has no end mark; fetch it again");

    private static string Terminated(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? text : text[..end]);
    }
}
