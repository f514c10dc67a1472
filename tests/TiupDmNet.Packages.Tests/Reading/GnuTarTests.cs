using TiupDmNet.Packages.Tests.Support;

namespace TiupDmNet.Packages.Tests.Reading;

/// <summary>What is checked here is unpacked by GNU tar on the hosts.</summary>
public sealed class GnuTarTests : PackageTest
{
    [Theory]
    [InlineData("gnu")]
    [InlineData("posix")]
    [InlineData("ustar")]
    [InlineData("oldgnu")]
    [InlineData("v7")]
    public async Task Reads_every_format_that_GNU_tar_writes(string format)
    {
        Tool.SkipWithout("tar");
        var longest = format is "v7" ? 60 : format is "ustar" ? 120 : 500;
        var directory = string.Join('/', Enumerable.Repeat(new string('d', 28), longest / 30));
        Place($"dm-worker/{directory}/file", "content");
        Place("dm-worker/dm-worker", Elf.Wide());
        File.CreateSymbolicLink(Here + "dm-worker/link", format is "gnu" or "posix" or "oldgnu" ? $"{directory}/file" : "dm-worker");
        await Tool.RunAsync(Here, "chmod", "755", "dm-worker/dm-worker");
        await Tool.RunAsync(Here, "tar", $"--format={format}", "-czf", "p.tar.gz", "dm-worker");

        var package = await PackageReader.InspectAsync(Here + "p.tar.gz", null, null, Cancellation);

        Assert.Contains($"dm-worker/{directory}/file", package.Members.Select(member => member.Path));
        Assert.True(package.IsCanonical);
    }

    [Fact]
    public async Task Refuses_a_sparse_file_of_GNU_tar()
    {
        Tool.SkipWithout("tar");
        Place("dm-worker/dm-worker", Elf.Wide());
        await using (var file = File.Create(Here + "dm-worker/sparse"))
        {
            file.SetLength(10 << 20);
        }

        foreach (var format in new[] { "gnu", "posix" })
        {
            await Tool.RunAsync(Here, "tar", $"--format={format}", "-S", "-czf", "p.tar.gz", "dm-worker");
            Assert.Matches(
                "^p.tar.gz holds .*sparse as a sparse file, which not every tar unpacks; pack it again without --sparse$",
                await RefusalAsync(() => PackageReader.InspectAsync(Here + "p.tar.gz", null, null, Cancellation)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Sees_in_a_changed_archive_what_GNU_tar_sees(int seed)
    {
        Tool.SkipWithout("tar");
        var random = new Random(seed);
        var whole = Tar.Worker()
            .Pax(Tar.Record("path", "a/b")).File("x", "x")
            .Member("././@LongLink", 'L', "c/d\0"u8.ToArray(), 0x1a4).File("y", "x")
            .Member("././@LongLink", 'K', "c/d\0"u8.ToArray(), 0x1a4).Link("l", "a/b")
            .HardLink("h", "a/b")
            .Plain();
        var accepted = 0;
        while (accepted < 60)
        {
            var changed = (byte[])whole.Clone();
            var block = random.Next(changed.Length / 512) * 512;
            int[] fields = [0, 1, 99, 100, 104, 124, 134, 135, 156, 157, 158, 257, 262, 263, 345, 346];
            for (var j = 0; j < 2; j++)
            {
                // A blank in a name would only confuse the reading of tar's listing.
                var field = fields[random.Next(fields.Length)];
                var value = "\0\0 /.0125679xgLKD\u0080"u8[random.Next(19)];
                changed[block + field] = value == ' ' && field is < 100 or > 156 ? (byte)'z' : value;
            }

            Tar.Sign(changed.AsSpan(block, 512));
            ComponentPackage package;
            try
            {
                package = await InspectAsync(changed);
            }
            catch (PackageException)
            {
                continue;
            }

            accepted++;
            await File.WriteAllBytesAsync(Here + "p.tar", changed, Cancellation);
            var listed = (await Tool.RunAsync(Here, "tar", "-tvf", "p.tar")).TrimEnd('\n').Split('\n').Select(Listed).ToList();
            Assert.Equal(listed, package.Members.Select(member => $"{member.Path} {member.Kind} {member.Size} {member.LinkTarget}".TrimEnd()));
        }

        static string Listed(string line)
        {
            var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            var (name, target) = fields[0][0] switch
            {
                'l' when fields[5].Split(" -> ") is [var link, var to] => (link, to),
                'h' when fields[5].Split(" link to ") is [var link, var to] => (link, to),
                _ => (fields[5], ""),
            };
            var kind = fields[0][0] switch { 'd' => MemberKind.Directory, 'l' => MemberKind.SymbolicLink, 'h' => MemberKind.HardLink, _ => MemberKind.File };
            return $"{string.Join('/', name.Split('/').Where(part => part is not ("" or ".")))} {kind} {fields[2]} {(kind == MemberKind.HardLink ? string.Join('/', target.Split('/').Where(part => part is not ("" or "."))) : target)}".TrimEnd();
        }
    }
}
