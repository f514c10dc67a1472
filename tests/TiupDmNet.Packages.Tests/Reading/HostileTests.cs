using System.Text;
using TiupDmNet.Packages.Tests.Support;

namespace TiupDmNet.Packages.Tests.Reading;

public sealed class HostileTests : PackageTest
{
    private static readonly PackageLimits Small = new(MaxUnpackedBytes: 1 << 20, MaxMembers: 50);

    [Theory]
    [InlineData("../x", "is hostile: the path ../x climbs out with \"..\"; a package may only write below the directory it is unpacked to")]
    [InlineData("dm-worker/../../x", "is hostile: the path dm-worker/../../x climbs out with \"..\"; a package may only write below the directory it is unpacked to")]
    [InlineData("./dm-worker/..", "is hostile: the path ./dm-worker/.. climbs out with \"..\"; a package may only write below the directory it is unpacked to")]
    [InlineData("/etc/cron.d/x", "is hostile: the path /etc/cron.d/x is absolute; a package may only write below the directory it is unpacked to")]
    [InlineData("..\\x", "is hostile: the name ..\\x contains a backslash")]
    [InlineData("a\nb", "is hostile: the name a\\u000ab contains a control character")]
    [InlineData("a\u001b[2Jb", "is hostile: the name a\\u001b[2Jb contains a control character")]
    [InlineData("a/\u00e2\u0080\u00aeb", "is hostile: the name a/\\u202eb contains a control character")]
    [InlineData("a\u00ff", "holds a name that is not UTF-8: aÿ")]
    [InlineData("", "holds a member without a name")]
    public async Task Refuses_a_path_that_leads_astray(string path, string refusal)
    {
        Assert.Equal($"p.tar.gz {refusal}", await RefusalAsync(Tar.Worker().File(path, "x").Gzip()));
        if (path.Length > 0 && !path.Contains('\u00ff', StringComparison.Ordinal) && !path.Contains('\u00e2', StringComparison.Ordinal))
        {
            // The same through the extended headers that tars use for long names.
            Assert.Equal($"p.tar.gz {refusal}", await RefusalAsync(Tar.Worker().Pax(Tar.Record("path", path)).File("ok", "x").Gzip()));
            Assert.Equal($"p.tar.gz {refusal}", await RefusalAsync(Tar.Worker().Member("././@LongLink", 'L', Encoding.UTF8.GetBytes(path + "\0"), 0x1a4).File("ok", "x").Gzip()));
        }
    }

    [Fact]
    public async Task Refuses_a_NUL_inside_a_name() => Assert.Equal(
        "p.tar.gz is hostile: the name ok\\u0000/../x contains a control character",
        await RefusalAsync(Tar.Worker().Pax(Tar.Record("path", "ok\0/../x")).File("ok", "x").Gzip()));

    [Theory]
    [InlineData("dm-worker/l", "/etc/passwd", "/etc/passwd")]
    [InlineData("dm-worker/l", "../../x", "../../x")]
    [InlineData("l", "..", "..")]
    [InlineData("dm-worker/l", "conf/../../../x", "conf/../../../x")]
    [InlineData("a/b/l", "d/../x", "d/../x")]
    public async Task Refuses_a_symlink_that_points_out(string path, string target, string shown) => Assert.Equal(
        $"p.tar.gz is hostile: the link {path} points out of the package, to {shown}",
        await RefusalAsync(Tar.Worker().Link(path, target).Gzip()));

    [Theory]
    [InlineData("dm-worker/l", "dm-worker")]
    [InlineData("dm-worker/l", "./conf/x")]
    [InlineData("dm-worker/l", "../dm-worker/dm-worker")]
    [InlineData("dm-worker/l", "..")]
    [InlineData("a/b/l", "../../dm-worker/dm-worker")]
    public async Task Accepts_a_symlink_that_stays_inside(string path, string target) =>
        Assert.Equal(target, (await InspectAsync(Tar.Worker().Link(path, target).Gzip())).Members[^1].LinkTarget);

    [Fact]
    public async Task Refuses_a_symlink_to_nothing() => Assert.Equal(
        "p.tar.gz holds a link without a target: dm-worker/l",
        await RefusalAsync(Tar.Worker().Link("dm-worker/l", "").Gzip()));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refuses_to_write_through_a_symlink(bool linkFirst)
    {
        var tar = Tar.Worker();
        _ = linkFirst ? tar.Link("conf", "dm-worker").File("conf/x", "x") : tar.File("conf/x", "x").Link("conf", "dm-worker");

        Assert.Equal("p.tar.gz is hostile: conf/x would be written through the link conf -> dm-worker", await RefusalAsync(tar.Gzip()));
    }

    [Fact]
    public async Task Refuses_a_file_that_is_also_a_directory() => Assert.Equal(
        "p.tar.gz holds conf both as a file and as a directory",
        await RefusalAsync(Tar.Worker().File("conf", "x").File("conf/x", "x").Gzip()));

    [Theory]
    [InlineData("/etc/shadow", "is hostile: the path /etc/shadow is absolute; a package may only write below the directory it is unpacked to")]
    [InlineData("../x", "is hostile: the path ../x climbs out with \"..\"; a package may only write below the directory it is unpacked to")]
    [InlineData("missing", "is hostile or damaged: the hard link h points to missing, which is not a file of the package before it")]
    [InlineData("dm-worker", "is hostile or damaged: the hard link h points to dm-worker, which is not a file of the package before it")]
    public async Task Refuses_a_hard_link_to_anything_but_a_file_before_it(string target, string refusal) =>
        Assert.Equal($"p.tar.gz {refusal}", await RefusalAsync(Tar.Worker().HardLink("h", target).Gzip()));

    [Fact]
    public async Task Accepts_a_hard_link_to_a_file_before_it() =>
        Assert.Equal(MemberKind.HardLink, (await InspectAsync(Tar.Worker().File("a", "x").HardLink("h", "./a").Gzip())).Members[^1].Kind);

    [Theory]
    [InlineData('3', "is hostile: x is a device")]
    [InlineData('4', "is hostile: x is a device")]
    [InlineData('6', "is hostile: x is a named pipe")]
    [InlineData('S', "holds x as a sparse file, which not every tar unpacks; pack it again without --sparse")]
    [InlineData('V', "holds a member of a kind that a package has no use for: x (tar type \"V\")")]
    [InlineData('M', "holds a member of a kind that a package has no use for: x (tar type \"M\")")]
    [InlineData('\u0001', "holds a member of a kind that a package has no use for: x (tar type \"\\u0001\")")]
    public async Task Refuses_what_is_neither_file_nor_directory_nor_link(char type, string refusal) =>
        Assert.Equal($"p.tar.gz {refusal}", await RefusalAsync(Tar.Worker().Member("x", type, [], 0x1a4).Gzip()));

    [Theory]
    [InlineData("dm-worker/dm-worker")]
    [InlineData("./dm-worker/dm-worker")]
    [InlineData("dm-worker//dm-worker")]
    [InlineData("dm-worker/./dm-worker")]
    public async Task Refuses_a_second_member_of_the_same_name(string path) => Assert.Equal(
        "p.tar.gz holds dm-worker/dm-worker more than once, so it is unclear which one counts",
        await RefusalAsync(Tar.Worker().File(path, Elf.Wide()).Gzip()));

    [Fact]
    public async Task Does_not_mind_the_same_directory_twice() =>
        Assert.Equal(2, (await InspectAsync(Tar.Worker().Directory("./dm-worker").Directory("./").Gzip())).Members.Count);

    [Fact]
    public async Task Refuses_to_replace_the_directory_it_is_unpacked_to() => Assert.Equal(
        "p.tar.gz is hostile: it replaces the directory it is unpacked to",
        await RefusalAsync(Tar.Worker().Link(".", "x").Gzip()));

    [Fact]
    public async Task Takes_a_name_with_a_slash_at_its_end_for_a_directory_as_tar_does() =>
        Assert.Equal(MemberKind.Directory, (await InspectAsync(Tar.Worker().File("conf/", "").Gzip())).Members[^1].Kind);

    [Fact]
    public async Task Refuses_a_directory_with_content() => Assert.Equal(
        "p.tar.gz is damaged: conf has content but is not a file",
        await RefusalAsync(Tar.Worker().File("conf/", "x").Gzip()));

    [Fact]
    public async Task Refuses_more_than_the_limit_before_it_is_inflated() => Assert.Equal(
        "p.tar.gz unpacks to more than 1 MiB, which no package of a DM component needs",
        await RefusalAsync(Tar.Compress(Tar.Worker().Member("zeros", '0', [], 0x1a4, size: 1L << 40).WithoutEnd()), limits: Small));

    [Fact]
    public async Task Counts_all_members_together_against_the_limit() => Assert.Equal(
        "p.tar.gz unpacks to more than 1 MiB, which no package of a DM component needs",
        await RefusalAsync(Tar.Worker().File("a", new byte[600_000]).File("b", new byte[600_000]).Gzip(), limits: Small));

    [Fact]
    public async Task Refuses_more_members_than_the_limit()
    {
        var tar = Tar.Worker();
        for (var i = 0; i < 49; i++)
        {
            tar.File($"f{i}", "");
        }

        Assert.Equal("p.tar.gz holds more than 50 members, which no package of a DM component needs", await RefusalAsync(tar.Gzip(), limits: Small));
    }

    [Fact]
    public async Task Counts_extended_headers_as_members()
    {
        var tar = Tar.Worker();
        for (var i = 0; i < 49; i++)
        {
            tar.Pax(Tar.Record("comment", "x"));
        }

        Assert.Equal("p.tar.gz holds more than 50 members, which no package of a DM component needs", await RefusalAsync(tar.Gzip(), limits: Small));
    }

    [Fact]
    public async Task Refuses_a_bomb_behind_the_end() => Assert.Equal(
        "p.tar.gz is hostile: more than 16 MiB of nothing follow the end of its tar archive",
        await RefusalAsync(Tar.Compress([.. Tar.Worker().Plain(), .. new byte[17 << 20]])));

    [Theory]
    [InlineData('L')]
    [InlineData('K')]
    [InlineData('x')]
    [InlineData('g')]
    public async Task Refuses_an_extended_header_that_is_a_bomb(char type) => Assert.Equal(
        "p.tar.gz is hostile: it has an extended tar header of 4 GiB",
        await RefusalAsync(Tar.Compress(Tar.Worker().Member("x", type, [], 0x1a4, size: 4L << 30).WithoutEnd())));

    [Fact]
    public async Task Refuses_a_path_that_is_too_long() => Assert.StartsWith(
        "p.tar.gz holds a path that is too long for a file system: aaaa",
        await RefusalAsync(Tar.Worker().Pax(Tar.Record("path", new string('a', 300))).File("x", "x").Gzip()),
        StringComparison.Ordinal);

    [Fact]
    public async Task Refuses_a_path_that_is_too_deep() => Assert.StartsWith(
        "p.tar.gz holds a path of more than 100 directories: a/a/a",
        await RefusalAsync(Tar.Worker().Pax(Tar.Record("path", string.Join('/', Enumerable.Repeat("a", 101)))).File("x", "x").Gzip()),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("path", "/etc/x")]
    [InlineData("linkpath", "x")]
    [InlineData("size", "10")]
    [InlineData("GNU.sparse.major", "1")]
    public async Task Refuses_a_global_header_that_changes_all_members(string key, string value) => Assert.Equal(
        $"p.tar.gz is hostile: a global tar header sets \"{key}\" for all members",
        await RefusalAsync(new Tar().Pax(Tar.Record(key, value), 'g').File("dm-worker/dm-worker", Elf.Wide()).Gzip()));

    [Fact]
    public async Task Accepts_the_global_header_that_git_writes() =>
        Assert.Equal("dm-worker", (await InspectAsync(new Tar().Pax(Tar.Record("comment", "311ba5f"), 'g').File("dm-worker/dm-worker", Elf.Wide()).Gzip())).Component);

    [Fact]
    public async Task Refuses_a_sparse_file_of_the_newer_kind() => Assert.Equal(
        "p.tar.gz holds big as a sparse file, which not every tar unpacks; pack it again without --sparse",
        await RefusalAsync(Tar.Worker().Pax(Tar.Record("GNU.sparse.major", "1") + Tar.Record("GNU.sparse.name", "big")).File("GNUSparseFile.0/big", "x").Gzip()));

    [Theory]
    [InlineData("x")]
    [InlineData("99 path=x\n")]
    [InlineData("5 path=x\n")]
    [InlineData("12345678 p=x\n")]
    [InlineData("-9 path=x\n")]
    [InlineData("6 =x1\n")]
    public async Task Refuses_a_malformed_extended_header(string records) =>
        Assert.Equal("p.tar.gz is damaged: an extended tar header is malformed; fetch it again", await RefusalAsync(Tar.Worker().Pax(records).File("x", "x").Gzip()));

    [Fact]
    public async Task Refuses_a_long_name_that_goes_on_behind_its_size() => Assert.Equal(
        "p.tar.gz is damaged: an extended tar header is longer than it says; fetch it again",
        await RefusalAsync(Tar.Worker().Member("././@LongLink", 'L', "safe/../../x\0"u8.ToArray(), 0x1a4, size: 4).File("x", "x").Gzip()));

    [Fact]
    public async Task Refuses_an_extended_header_for_nothing() => Assert.Equal(
        "p.tar.gz is damaged: an extended tar header has no member after it; fetch it again",
        await RefusalAsync(Tar.Worker().Pax(Tar.Record("path", "x")).Gzip()));

    [Fact]
    public async Task Refuses_an_archive_without_its_end()
    {
        var whole = Tar.Worker().File("conf", "x").WithoutEnd();
        Assert.Equal("p.tar.gz is truncated: its tar archive has no end mark; fetch it again", await RefusalAsync(Tar.Compress(whole)));
        Assert.Equal("p.tar.gz is truncated: its tar archive has no end mark; fetch it again", await RefusalAsync([.. whole, .. new byte[512]]));
        Assert.Equal("p.tar.gz is truncated: its tar archive has no end mark; fetch it again", await RefusalAsync(whole[..^10]));
        Assert.Equal("p.tar.gz is truncated: it ends inside conf; fetch it again", await RefusalAsync(whole[..^512]));
    }

    [Fact]
    public async Task Refuses_two_archives_in_one_file() => Assert.Equal(
        "p.tar.gz holds data after the end of its tar archive, which tar would ignore; it may be two archives in one file, or damaged",
        await RefusalAsync([.. Tar.Worker().Plain(), .. Tar.Worker().Plain()]));

    [Fact]
    public async Task Refuses_a_header_whose_check_sum_is_wrong()
    {
        var archive = Tar.Worker().File("conf", "x").Plain();
        archive[(512 * 3) + 10] ^= 1;

        Assert.Equal("p.tar.gz is damaged: the check sum of a tar header is wrong; fetch it again", await RefusalAsync(archive));
    }

    [Theory]
    [InlineData(124, "0000000008\0", "a number in a tar header is not octal")]
    [InlineData(124, "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "a number in a tar header is out of range")]
    [InlineData(124, "\u0080\0\0\0\u0080\0\0\0\0\0\0\0", "a number in a tar header is out of range")]
    [InlineData(100, "rwxrwxr\0", "a number in a tar header is not octal")]
    public async Task Refuses_a_number_that_is_none(int at, string number, string refusal)
    {
        var header = Tar.Header("x", '0', 0x1a4, "", 0);
        Encoding.Latin1.GetBytes(number).CopyTo(header, at);
        Tar.Sign(header);

        Assert.Equal($"p.tar.gz is damaged: {refusal}; fetch it again", await RefusalAsync(Tar.Worker().Bytes(header).Plain()));
    }

    [Fact]
    public async Task Reads_sizes_in_binary_as_GNU_tar_writes_large_ones()
    {
        var header = Tar.Header("x", '0', 0x1a4, "", 0);
        byte[] binary = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0];
        binary.CopyTo(header, 124);
        Tar.Sign(header);

        Assert.Equal(512, (await InspectAsync(Tar.Worker().Bytes(header).Bytes(new byte[512]).Plain())).Members[^1].Size);
    }

    [Fact]
    public async Task Takes_sizes_names_and_link_targets_from_extended_headers()
    {
        var name = string.Join('/', Enumerable.Repeat("däta", 40));
        var package = await InspectAsync(Tar.Worker()
            .Pax(Tar.Record("path", name) + Tar.Record("size", "3")).Member("short", '0', "abc"u8.ToArray(), 0x1a4, size: 0)
            .Pax(Tar.Record("linkpath", name)).Link("l", "short")
            .Gzip());

        Assert.Equal(new PackageMember(name, MemberKind.File, 3, (UnixFileMode)0x1a4, null), package.Members[^2]);
        Assert.Equal(name, package.Members[^1].LinkTarget);
    }

    [Fact]
    public async Task Survives_any_change_to_an_archive()
    {
        var random = new Random(11);
        var whole = Tar.Worker().Pax(Tar.Record("path", "a/b")).File("x", "x").Link("l", "a/b").HardLink("h", "a/b").Plain();
        for (var i = 0; i < 3000; i++)
        {
            var changed = (byte[])whole.Clone();
            var block = random.Next(changed.Length / 512) * 512;
            for (var j = 0; j < 3; j++)
            {
                changed[block + random.Next(512)] = (byte)random.Next(256);
            }

            Tar.Sign(changed.AsSpan(block, 512));
            try
            {
                var package = await InspectAsync(changed);
                Assert.DoesNotContain(package.Members, member => member.Path.StartsWith('/') || member.Path.Split('/').Contains(".."));
            }
            catch (PackageException refusal)
            {
                Assert.DoesNotContain(refusal.Message, char.IsControl);
            }
        }
    }
}
