namespace TiupDmNet.Packages.Reading;

/// <summary>A file that is not compressed.</summary>
internal sealed class PlainStream(HashedFile file) : ForwardStream
{
    public override int Read(byte[] buffer, int offset, int count) => file.Read(buffer.AsSpan(offset, count));
}
