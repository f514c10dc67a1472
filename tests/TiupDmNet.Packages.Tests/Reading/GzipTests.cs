using System.IO.Compression;
using System.Text;
using TiupDmNet.Packages.Tests.Support;

namespace TiupDmNet.Packages.Tests.Reading;

/// <summary>A package that lost or changed a byte on its way must not be used; the runtime's GZipStream would not notice most of this.</summary>
public sealed class GzipTests : PackageTest
{
    private static readonly byte[] Content = new Tar()
        .File("dm-worker/dm-worker", Elf.Wide(content: Noise(30_000)))
        .File("dm-worker/conf", new string('x', 5000))
        .Plain();

    [Fact]
    public async Task Refuses_a_file_cut_off_anywhere()
    {
        var whole = Tar.Compress(Content);
        foreach (var length in Enumerable.Range(1, 40).Concat(Enumerable.Range(0, 60).Select(i => 41 + (i * (whole.Length - 90) / 60))).Concat(Enumerable.Range(1, 48).Select(i => whole.Length - i)))
        {
            var refusal = await RefusalAsync(whole[..length]);
            Assert.True(
                refusal is "p.tar.gz is truncated: its compressed data ends early; fetch it again"
                    or "p.tar.gz is truncated: it ends inside a gzip header; fetch it again"
                    or "p.tar.gz is truncated: the check sum at its end is missing; fetch it again"
                    or "p.tar.gz is neither a gzipped tar archive nor a tar archive; the download may be incomplete",
                $"{length}: {refusal}");
        }
    }

    [Fact]
    public async Task Refuses_two_members_cut_off_anywhere_but_between_them()
    {
        byte[] first = Tar.Compress(Content[..20_000]);
        byte[] whole = [.. first, .. Tar.Compress(Content[20_000..])];
        Assert.Equal("dm-worker", (await InspectAsync(whole)).Component);
        foreach (var length in Enumerable.Range(-40, 100).Select(i => first.Length + i).Where(length => length != first.Length))
        {
            Assert.Matches("^p.tar.gz is (truncated|damaged)", await RefusalAsync(whole[..length]));
        }

        Assert.Equal("p.tar.gz is truncated: it ends inside dm-worker/dm-worker; fetch it again", await RefusalAsync(first));
    }

    [Fact]
    public async Task Refuses_a_changed_bit_wherever_it_changes_the_content()
    {
        var whole = Tar.Compress(Content);
        var untouched = await InspectAsync(whole);
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var changed = (byte[])whole.Clone();
            changed[i < 30 ? i : random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                // Time and system in the header say nothing about the content, and an unused code changes nothing.
                var package = await InspectAsync(changed);
                Assert.Equal(untouched.Executable, package.Executable);
                Assert.Equal(untouched.Members, package.Members);
            }
            catch (PackageException refusal)
            {
                Assert.Matches("p.tar.gz is (truncated|damaged|neither)", refusal.Message);
            }
        }
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("garbage")]
    [InlineData("\u001f")]
    public async Task Refuses_what_follows_the_compressed_data(string garbage) => Assert.Equal(
        "p.tar.gz is damaged: something that is not gzip follows its compressed data; fetch it again",
        await RefusalAsync([.. Tar.Compress(Content), .. Encoding.Latin1.GetBytes(garbage)]));

    [Fact]
    public async Task Refuses_a_wrong_check_sum()
    {
        var changed = Tar.Compress(Content);
        changed[^6] ^= 1;

        Assert.Equal("p.tar.gz is damaged: its check sum is wrong; fetch it again", await RefusalAsync(changed));
    }

    [Fact]
    public async Task Refuses_a_header_that_gzip_does_not_have()
    {
        var changed = Tar.Compress(Content);
        changed[3] = 0x80;

        Assert.Equal("p.tar.gz is damaged: its gzip header asks for what gzip does not have; fetch it again", await RefusalAsync(changed));
    }

    [Fact]
    public async Task Reads_headers_with_every_field()
    {
        var plain = Tar.Compress(Content);
        byte[] header = [0x1f, 0x8b, 8, 0x02 | 0x04 | 0x08 | 0x10, 1, 2, 3, 4, 2, 3, 5, 0, 1, 2, 3, 4, 5, .. "dm.tar\0a comment\0"u8, 9, 9];

        Assert.Equal("dm-worker", (await InspectAsync([.. header, .. plain[10..]])).Component);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(8192)]
    public async Task Reads_any_number_of_members(int size)
    {
        var file = new MemoryStream();
        for (var at = 0; at < Content.Length; at += size)
        {
            file.Write(Tar.Compress(Content[at..Math.Min(at + size, Content.Length)]));
        }

        file.Write(Empty);

        Assert.Equal(await InspectedExecutable(), (await InspectAsync(file.ToArray())).Executable);
    }

    [Fact]
    public async Task Reads_members_of_nothing_wherever_they_are() =>
        Assert.Equal("dm-worker", (await InspectAsync([.. Empty, .. Tar.Compress(Content[..700]), .. Empty, .. Empty, .. Tar.Compress(Content[700..]), .. Empty])).Component);

    /// <summary>A check sum in the middle of the data it is the check sum of, and behind it what could be the next member.</summary>
    [Fact]
    public async Task Is_not_misled_about_where_a_member_ends()
    {
        var end = Tar.Compress(new byte[1024]);
        byte[] tail = [.. Tar.Compress(Tar.Worker().WithoutEnd()), .. end];
        byte[] hidden = [.. new byte[8], .. tail];
        byte[] member = new byte[512 + 512];
        Tar.Header("hidden", '0', 0x1a4, "", 512).CopyTo(member, 0);
        hidden.AsSpan(0, Math.Min(hidden.Length, 512)).CopyTo(member.AsSpan(512));
        var sum = ForgeCheckSum(member, 512);
        Assert.Equal(sum, member[512..520]);

        var package = await InspectAsync([.. Stored(member), .. Tar.Compress(Tar.Worker().Plain())]);

        Assert.Equal(["hidden", "dm-worker", "dm-worker/dm-worker"], package.Members.Select(found => found.Path));
    }

    [Fact]
    public async Task Reads_members_that_end_at_any_place_of_the_chunks_they_are_read_in()
    {
        for (var size = 8150; size < 8200; size++)
        {
            var padded = Stored(Content[..size]).Concat(Tar.Compress(Content[size..])).ToArray();
            Assert.Equal("dm-worker", (await InspectAsync(padded)).Component);
        }
    }

    [Theory]
    [InlineData("gzip -1")]
    [InlineData("gzip -9")]
    [InlineData("pigz")]
    [InlineData("pigz -9 -b 128")]
    [InlineData("pigz -i -b 128")]
    public async Task Reads_what_other_tools_compress(string command)
    {
        Tool.SkipWithout(command.Split(' ')[0]);
        Place("p.tar", Content);
        await Tool.RunAsync(Here, "sh", "-c", $"{command} -c p.tar > p.tar.gz");

        Assert.Equal(await InspectedExecutable(), (await PackageReader.InspectAsync(Here + "p.tar.gz", null, null, Cancellation)).Executable);
    }

    private async Task<Executable> InspectedExecutable() => (await InspectAsync(Tar.Compress(Content))).Executable;

    private static byte[] Empty => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Puts at a place in the content the trailer that gzip will write for it, by choosing the last four bytes so that it fits.</summary>
    private static byte[] ForgeCheckSum(byte[] content, int at)
    {
        byte[] trailer = [0xde, 0xad, 0xbe, 0xef, .. BitConverter.GetBytes(content.Length)];
        trailer.CopyTo(content, at);

        // The check sum is linear in the bits of the content: solve for the last 32 of them.
        var wanted = BitConverter.ToUInt32(trailer, 0) ^ Crc(content);
        var columns = Enumerable.Range(0, 32).Select(bit => Flip(content, bit)).ToArray();
        var solution = Solve(columns, wanted);
        for (var bit = 0; bit < 32; bit++)
        {
            content[content.Length - 4 + (bit / 8)] ^= (byte)(((solution >> bit) & 1) << (bit % 8));
        }

        return [.. BitConverter.GetBytes(Crc(content)), .. BitConverter.GetBytes(content.Length)];

        static uint Flip(byte[] content, int bit)
        {
            var copy = (byte[])content.Clone();
            copy[copy.Length - 4 + (bit / 8)] ^= (byte)(1 << (bit % 8));
            return Crc(copy) ^ Crc(content);
        }
    }

    private static uint Solve(uint[] columns, uint wanted)
    {
        var basis = new (uint Value, uint From)[32];
        for (var i = 0; i < 32; i++)
        {
            var (value, from) = (columns[i], 1u << i);
            for (var bit = 31; bit >= 0 && value != 0; bit--)
            {
                if ((value >> bit & 1) == 0)
                {
                    continue;
                }

                if (basis[bit].Value == 0)
                {
                    basis[bit] = (value, from);
                    break;
                }

                (value, from) = (value ^ basis[bit].Value, from ^ basis[bit].From);
            }
        }

        var solution = 0u;
        for (var bit = 31; bit >= 0; bit--)
        {
            if ((wanted >> bit & 1) != 0)
            {
                (wanted, solution) = (wanted ^ basis[bit].Value, solution ^ basis[bit].From);
            }
        }

        return solution;
    }

    private static uint Crc(byte[] content)
    {
        var crc = new ICSharpCode.SharpZipLib.Checksum.Crc32();
        crc.Update(content);
        return (uint)crc.Value;
    }

    private static byte[] Stored(byte[] content)
    {
        var gzip = new MemoryStream();
        using (var stream = new GZipStream(gzip, CompressionLevel.NoCompression))
        {
            stream.Write(content);
        }

        return gzip.ToArray();
    }

    private static string Noise(int length)
    {
        var random = new Random(1);
        return string.Create(length, random, (text, source) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = (char)source.Next(256);
            }
        });
    }
}
