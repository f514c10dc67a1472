using System.Text;
using TiupDmNet.Hosts.Execution;

namespace TiupDmNet.Hosts.Tests.Execution;

public sealed class BoundedBufferTests
{
    [Fact]
    public void Keeps_everything_up_to_its_limit()
    {
        var buffer = new BoundedBuffer(164);
        buffer.Append(Encoding.ASCII.GetBytes(new string('a', 50)));
        buffer.Append(Encoding.ASCII.GetBytes(new string('b', 50)));
        Assert.Equal(new string('a', 50) + new string('b', 50), buffer.ToString());
    }

    [Fact]
    public void Cuts_the_middle_and_says_how_much()
    {
        var buffer = new BoundedBuffer(164);
        buffer.Append(Encoding.ASCII.GetBytes(new string('a', 60) + new string('b', 1000) + new string('c', 20)));
        Assert.Equal($"{new string('a', 50)}\n[... 980 bytes cut ...]\n{new string('b', 30)}{new string('c', 20)}", buffer.ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Never_cuts_a_character(int shift)
    {
        var buffer = new BoundedBuffer(164);
        var text = new string('x', shift) + string.Concat(Enumerable.Repeat("é☃𝄞", 100));
        foreach (var piece in Encoding.UTF8.GetBytes(text).Chunk(7))
        {
            buffer.Append(piece);
        }

        var kept = buffer.ToString();
        Assert.DoesNotContain('\uFFFD', kept);
        var parts = kept.Split('\n');
        Assert.StartsWith(parts[0], text, StringComparison.Ordinal);
        Assert.EndsWith(parts[2], text, StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetByteCount(text) - Encoding.UTF8.GetByteCount(parts[0]) - Encoding.UTF8.GetByteCount(parts[2]);
        Assert.Equal($"[... {bytes} bytes cut ...]", parts[1]);
    }

    [Fact]
    public void Stays_within_its_limit_however_the_pieces_fall()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var buffer = new BoundedBuffer(264);
            var all = new StringBuilder();
            for (var i = random.Next(20); i >= 0; i--)
            {
                var piece = new string((char)('a' + (i % 26)), random.Next(150));
                all.Append(piece);
                buffer.Append(Encoding.ASCII.GetBytes(piece));
            }

            var kept = buffer.ToString();
            if (all.Length <= 200)
            {
                Assert.Equal(all.ToString(), kept);
            }
            else
            {
                Assert.InRange(kept.Length, 200, 264);
                Assert.Equal(all.ToString(0, 100), kept[..100]);
                Assert.Equal(all.ToString(all.Length - 100, 100), kept[^100..]);
            }
        }
    }
}
