using System.Text;

namespace TiupDmNet.Packages.Reading;

/// <summary>
/// Finds in a Go executable the package that it was built from, e.g. <c>github.com/pingcap/tiflow/cmd/dm-worker</c>. The linker writes it behind
/// sixteen fixed bytes, as a line "path&lt;tab&gt;…". (golang/go src/cmd/go/internal/modload/build.go, ModInfoData)
/// It is what tells dm-master from dm-worker: their <c>-V</c> looks alike.
/// </summary>
internal sealed class GoMainPackage
{
    private const int Longest = 512;
    private const int WindowLength = 256 * 1024;

    private readonly byte[] _window = new byte[WindowLength];
    private int _length;

    /// <summary>Null until found, and for an executable that does not say.</summary>
    public string? Path { get; private set; }

    private static ReadOnlySpan<byte> Mark =>
    [
        0x30, 0x77, 0xaf, 0x0c, 0x92, 0x74, 0x08, 0x02, 0x41, 0xe1, 0xc1, 0x07, 0xe6, 0xd6, 0x18, 0xe6,
        (byte)'p', (byte)'a', (byte)'t', (byte)'h', (byte)'\t',
    ];

    public void Write(ReadOnlySpan<byte> content)
    {
        while (Path is null && !content.IsEmpty)
        {
            var count = Math.Min(content.Length, WindowLength - _length);
            content[..count].CopyTo(_window.AsSpan(_length));
            content = content[count..];
            _length += count;
            Search();

            // What a mark could still begin in stays.
            var keep = Math.Min(_length, Longest);
            _window.AsSpan(_length - keep, keep).CopyTo(_window);
            _length = keep;
        }
    }

    private void Search()
    {
        var rest = _window.AsSpan(0, _length);
        int at;
        while ((at = rest.IndexOf(Mark)) >= 0)
        {
            rest = rest[(at + Mark.Length)..];
            var end = rest[..Math.Min(rest.Length, Longest - Mark.Length)].IndexOf((byte)'\n');
            if (end > 0 && !rest[..end].ContainsAnyExceptInRange((byte)0x21, (byte)0x7e))
            {
                Path = Encoding.ASCII.GetString(rest[..end]);
                return;
            }
        }
    }
}
