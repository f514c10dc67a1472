using System.Buffers.Binary;
using System.IO.Compression;
using ICSharpCode.SharpZipLib.Checksum;

namespace TiupDmNet.Packages.Reading;

/// <summary>
/// Inflates gzip, all members, and proves that it is whole. <see cref="GZipStream"/> takes a file that is cut off, or followed by anything,
/// for a complete one; so here it inflates only the raw data, and header, check sum and length of each member are read and compared.
/// (RFC 1952)
/// </summary>
internal sealed class GunzipStream : ForwardStream
{
    private const int TrailerLength = 8;

    private readonly HashedFile _file;
    private readonly string _name;
    private readonly LastChunk _chunks;
    private readonly Crc32 _crc = new();
    private DeflateStream? _member;
    private long _memberStart;
    private uint _length;
    private bool _ended;

    public GunzipStream(HashedFile file, string name)
    {
        _file = file;
        _name = name;
        _chunks = new LastChunk(_file);
        OpenMember();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (!_ended && count > 0)
        {
            int read;
            try
            {
                read = _member!.Read(buffer, offset, count);
            }
            catch (InvalidDataException fault)
            {
                throw new PackageException($"{_name} is damaged: its compressed data does not inflate; fetch it again", fault);
            }

            if (read > 0)
            {
                _crc.Update(new ArraySegment<byte>(buffer, offset, read));
                _length = unchecked(_length + (uint)read);
                return read;
            }

            CloseMember();
            if (_file.Peek(1).IsEmpty)
            {
                _ended = true;
            }
            else
            {
                OpenMember();
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _member is not null)
        {
            _member.Dispose();
            _member = null;
            _ended = true;
        }

        base.Dispose(disposing);
    }

    private void OpenMember()
    {
        GzipHeader.Skip(_file, _name);
        _memberStart = _file.Position;
        _member?.Dispose();
        _member = new DeflateStream(_chunks, CompressionMode.Decompress, leaveOpen: true);
        _crc.Reset();
        _length = 0;
    }

    /// <summary>
    /// Inflating stops somewhere in the chunk that was handed out last, and does not say where. The eight bytes that must
    /// follow are known, so they are looked for, and what comes after them is put back.
    /// </summary>
    private void CloseMember()
    {
        if (_chunks.Starved)
        {
            throw new PackageException($"{_name} is truncated: its compressed data ends early; fetch it again");
        }

        Span<byte> trailer = stackalloc byte[TrailerLength];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, (uint)_crc.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], _length);

        _file.PutBack(_chunks.Taken);
        var ahead = _file.Peek(_chunks.Taken + TrailerLength);
        var within = ahead[..Math.Min(ahead.Length, _chunks.Taken + TrailerLength)];
        var end = within.IndexOf(trailer);

        // Small members that are alike end alike, and hostile ones may hold their own check sum: then the end has to be worked out.
        if (end < 0 || within[(end + 1)..].IndexOf(trailer) >= 0)
        {
            end = DeflateEnd.Find(_file, _memberStart, _name) is var found && found >= _file.Position && found <= _file.Position + _chunks.Taken
                ? (int)(found - _file.Position)
                : throw new PackageException($"{_name} is damaged: its compressed data does not inflate; fetch it again");
        }

        var actual = within[end..];
        if (actual.Length < TrailerLength)
        {
            throw new PackageException($"{_name} is truncated: the check sum at its end is missing; fetch it again");
        }

        if (!actual.StartsWith(trailer))
        {
            throw new PackageException($"{_name} is damaged: its check sum is wrong; fetch it again");
        }

        _file.Skip(end + TrailerLength);
    }

    /// <summary>Hands the file to the inflater in small chunks and remembers the last one.</summary>
    private sealed class LastChunk(HashedFile file) : ForwardStream
    {
        private const int Most = 8 * 1024;

        public int Taken { get; private set; }

        /// <summary>True when the inflater wanted more than there is.</summary>
        public bool Starved { get; private set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = file.Read(buffer[..Math.Min(buffer.Length, Most)]);
            Starved = read == 0;
            Taken = read;
            return read;
        }
    }
}
