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

    private readonly HashedFile file;
    private readonly string name;
    private readonly LastChunk chunks;
    private readonly Crc32 crc = new();
    private DeflateStream? member;
    private long memberStart;
    private uint length;
    private bool ended;

    public GunzipStream(HashedFile file, string name)
    {
        this.file = file;
        this.name = name;
        chunks = new LastChunk(file);
        OpenMember();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (!ended && count > 0)
        {
            int read;
            try
            {
                read = member!.Read(buffer, offset, count);
            }
            catch (InvalidDataException fault)
            {
                throw new PackageException($"{name} is damaged: its compressed data does not inflate; fetch it again", fault);
            }

            if (read > 0)
            {
                crc.Update(new ArraySegment<byte>(buffer, offset, read));
                length = unchecked(length + (uint)read);
                return read;
            }

            CloseMember();
            if (file.Peek(1).IsEmpty)
            {
                ended = true;
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
        if (disposing && member is not null)
        {
            member.Dispose();
            member = null;
            ended = true;
        }

        base.Dispose(disposing);
    }

    private void OpenMember()
    {
        GzipHeader.Skip(file, name);
        memberStart = file.Position;
        member?.Dispose();
        member = new DeflateStream(chunks, CompressionMode.Decompress, leaveOpen: true);
        crc.Reset();
        length = 0;
    }

    /// <summary>
    /// Inflating stops somewhere in the chunk that was handed out last, and does not say where. The eight bytes that must
    /// follow are known, so they are looked for, and what comes after them is put back.
    /// </summary>
    private void CloseMember()
    {
        if (chunks.Starved)
        {
            throw new PackageException($"{name} is truncated: its compressed data ends early; fetch it again");
        }

        Span<byte> trailer = stackalloc byte[TrailerLength];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, (uint)crc.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], length);

        file.PutBack(chunks.Taken);
        var ahead = file.Peek(chunks.Taken + TrailerLength);
        var within = ahead[..Math.Min(ahead.Length, chunks.Taken + TrailerLength)];
        var end = within.IndexOf(trailer);

        // Small members that are alike end alike, and hostile ones may hold their own check sum: then the end has to be worked out.
        if (end < 0 || within[(end + 1)..].IndexOf(trailer) >= 0)
        {
            end = DeflateEnd.Find(file, memberStart, name) is var found && found >= file.Position && found <= file.Position + chunks.Taken
                ? (int)(found - file.Position)
                : throw new PackageException($"{name} is damaged: its compressed data does not inflate; fetch it again");
        }

        var actual = within[end..];
        if (actual.Length < TrailerLength)
        {
            throw new PackageException($"{name} is truncated: the check sum at its end is missing; fetch it again");
        }

        if (!actual.StartsWith(trailer))
        {
            throw new PackageException($"{name} is damaged: its check sum is wrong; fetch it again");
        }

        file.Skip(end + TrailerLength);
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
