using System.Runtime.Versioning;
using TiupDmNet.Packages.Tests.Support;

namespace TiupDmNet.Packages.Tests.Building;

/// <summary>Random trees through GNU tar, in its formats and in any order of members: read for what they are, and packed to the same bytes.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ArchiveOrderTests : PackageTest
{
    [Theory]
    [InlineData("posix", 1)]
    [InlineData("posix", 2)]
    [InlineData("posix", 3)]
    [InlineData("gnu", 4)]
    [InlineData("gnu", 5)]
    [InlineData("gnu", 6)]
    public async Task Reads_every_member_as_GNU_tar_wrote_it(string format, int seed)
    {
        var tree = await GrowAsync(seed);
        var order = tree.InAnyOrder(seed);
        await ArchiveAsync(tree, format, order, "p.tar.gz");

        var package = await PackageReader.InspectAsync(Here + "p.tar.gz", "dm-master", null, Cancellation);

        Assert.Equal(tree.ArchivedAs(order).Select(Line), package.Members.Select(Line));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public async Task Makes_the_same_bytes_of_the_same_files_in_whatever_order_and_format_they_came(int seed)
    {
        await GrowAsync(seed);
        var expected = await PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "packed.tar.gz", Cancellation);
        var tree = await GrowAsync(seed, "same");
        Assert.Equal(expected.Sha256, (await PackageBuilder.PackAsync(Here + "same", "dm-master", Here + "same.tar.gz", Cancellation)).Sha256);
        foreach (var (format, order) in new[] { ("posix", 1), ("posix", 2), ("gnu", 3), ("gnu", 4) })
        {
            await ArchiveAsync(tree, format, tree.InAnyOrder(order), "p.tar.gz");
            var read = await PackageReader.InspectAsync(Here + "p.tar.gz", "dm-master", null, Cancellation);

            Assert.Equal((format, order, expected.Sha256), (format, order, (await PackageBuilder.NormalizeAsync(read, Here + "r.tar.gz", Cancellation)).Sha256));
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task What_was_packed_reads_back_and_unpacks_to_the_same_files(int seed)
    {
        var tree = await GrowAsync(seed);

        var package = await PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "p.tar.gz", Cancellation);

        Assert.Equal(tree.Members.Select(Packed).Select(Line).Order(StringComparer.Ordinal), package.Members.Select(Line).Order(StringComparer.Ordinal));
        Directory.CreateDirectory(Here + "out");
        Assert.Equal("", await Tool.RunAsync(Here, "tar", "--no-same-owner", "-pzxf", "p.tar.gz", "-C", "out"));
        Assert.Equal("", await Tool.RunAsync(Here, "diff", "-r", "--no-dereference", "tree", "out"));
        Assert.All(tree.Members.Select(Packed).Where(member => member.Kind != MemberKind.SymbolicLink), member =>
            Assert.Equal((member.Path, member.Mode), (member.Path, File.GetUnixFileMode(Here + "out/" + member.Path))));
    }

    [Fact]
    public async Task Makes_the_same_hotfix_in_whatever_order_the_replacements_are_named()
    {
        await GrowAsync(13);
        var parts = await PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "base.tar.gz", Cancellation);
        var replacements = parts.Members
            .Where(member => member.Kind == MemberKind.File && member.Path != parts.EntryPath)
            .Select((member, index) => new Replacement(member.Path, Place($"new/{index}", $"replacement {index}"), Add: false))
            .Append(new Replacement(parts.EntryPath, Executable("new/entry"), Add: false))
            .Append(new Replacement("dm-master/added/first", Place("new/first", "first"), Add: true))
            .Append(new Replacement("dm-master/added/second", Place("new/second", "second"), Add: true))
            .ToList();
        var hashes = new List<string>();
        for (var seed = 0; seed < 4; seed++)
        {
            var random = new Random(seed);
            hashes.Add((await PackageBuilder.BuildAsync(
                Here + "base.tar.gz", "dm-master", [.. replacements.OrderBy(_ => random.Next())], Here + "p.tar.gz", Cancellation)).Sha256);
        }

        Assert.Single(hashes.Distinct());
        Assert.NotEqual(parts.Sha256, hashes[0]);
    }

    private string Executable(string name)
    {
        var path = Place(name, Elf.Wide(content: "fixed"));
        File.SetUnixFileMode(path, (UnixFileMode)0x1ed);
        return path;
    }

    private Task<RandomTree> GrowAsync(int seed, string name = "tree")
    {
        Tool.SkipWithout("tar");
        Directory.CreateDirectory(Here + name);
        return RandomTree.GrowAsync(Here + name, seed);
    }

    private Task ArchiveAsync(RandomTree tree, string format, IReadOnlyList<string> order, string output)
    {
        // A name may be longer than a command line takes, and may look like an option.
        File.WriteAllText(Here + "order", string.Concat(order.Select(path => path + "\0")));
        return Tool.RunAsync(Here, "tar", $"--format={format}", "--no-recursion", "-C", tree.Top, "--null", "-T", Here + "order", "-czf", Here + output);
    }

    /// <summary>As a package keeps it: of a mode, only whether anyone may execute the file.</summary>
    private static PackageMember Packed(PackageMember member) => member with
    {
        Mode = member.Kind == MemberKind.SymbolicLink ? (UnixFileMode)0x1ff
            : member.Kind == MemberKind.Directory || (member.Mode & (UnixFileMode)0x49) != 0 ? (UnixFileMode)0x1ed
            : (UnixFileMode)0x1a4,
    };

    private static string Line(PackageMember member) =>
        $"{member.Path} {member.Kind} {member.Size} {Convert.ToString((int)member.Mode, 8)} {member.LinkTarget}";
}
