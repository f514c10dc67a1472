using System.Runtime.Versioning;
using System.Security.Cryptography;
using TiupDmNet.Packages.Building;
using TiupDmNet.Packages.Tests.Support;

namespace TiupDmNet.Packages.Tests.Building;

/// <summary>Trees made at random, packed by this project and unpacked by the tools of the system, and the other way round.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RoundTripTests : PackageTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Tar_unpacks_what_was_packed(int seed)
    {
        Tool.SkipWithout("tar");
        var tree = Grow(seed);

        var package = await PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "p.tar.gz", Cancellation);

        await Tool.RunAsync(Here, "gzip", "-t", "p.tar.gz");
        Directory.CreateDirectory(Here + "out");
        Assert.Equal("", await Tool.RunAsync(Here, "tar", "--no-same-owner", "-zxf", "p.tar.gz", "-C", "out"));
        Assert.Equal(tree, Describe("out"));
        Assert.Equal("", await Tool.RunAsync(Here, "diff", "-r", "--no-dereference", "tree", "out"));
        Assert.Equal(tree.Count, package.Members.Count);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Pigz_inflates_what_was_packed(int seed)
    {
        Tool.SkipWithout("pigz");
        Grow(seed);
        await PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "p.tar.gz", Cancellation);

        Assert.Equal(await Tool.RunAsync(Here, "sh", "-c", "gzip -dc p.tar.gz | sha256sum"), await Tool.RunAsync(Here, "sh", "-c", "pigz -dc p.tar.gz | sha256sum"));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    public async Task Tar_and_this_project_read_the_same_and_so_rebuild_the_same(int seed)
    {
        Tool.SkipWithout("tar");
        Grow(seed);
        var packed = await PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "p.tar.gz", Cancellation);
        await Tool.RunAsync(Here, "tar", "-czf", "q.tar.gz", "-C", "tree", ".");

        var read = await PackageReader.InspectAsync(Here + "q.tar.gz", "dm-master", null, Cancellation);
        var rebuilt = await PackageBuilder.NormalizeAsync(read, Here + "r.tar.gz", Cancellation);

        Assert.Equal(packed.Members.Select(member => member.Path), read.Members.Select(member => member.Path).Order(StringComparer.Ordinal));
        Assert.Equal(packed.Sha256, rebuilt.Sha256);
    }

    [Theory]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    public async Task Reads_back_every_member_as_it_was_packed(int seed)
    {
        var tree = Grow(seed);
        await PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "p.tar.gz", Cancellation);

        var read = await PackageReader.InspectAsync(Here + "p.tar.gz", "dm-master", null, Cancellation);

        Assert.Equal(
            tree,
            read.Members.Select(member => $"{member.Path} {member.Kind switch
            {
                MemberKind.Directory => "/",
                MemberKind.SymbolicLink => member.LinkTarget,
                _ => $"{Convert.ToString((int)member.Mode, 8)} {member.Size}",
            }}").Order(StringComparer.Ordinal));
        Assert.Equal(read.Members.Where(member => member.Kind == MemberKind.File).Sum(member => member.Size), read.UnpackedSize);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(18)]
    public async Task Makes_the_same_bytes_in_whatever_order_and_at_whatever_time_the_files_came_to_the_disk(int seed)
    {
        Grow(seed);
        var original = await PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "p.tar.gz", Cancellation);
        var random = new Random(seed);
        var found = new DirectoryInfo(Here + "tree").EnumerateFileSystemInfos("*", SearchOption.AllDirectories).OrderBy(_ => random.Next()).ToList();
        foreach (var item in found)
        {
            var target = Here + "again/" + Path.GetRelativePath(Here + "tree", item.FullName);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            switch (item)
            {
                case { LinkTarget: { } link }:
                    File.CreateSymbolicLink(target, link);
                    break;
                case DirectoryInfo:
                    Directory.CreateDirectory(target);
                    break;
                default:
                    File.Copy(item.FullName, target);
                    File.SetLastWriteTimeUtc(target, new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(random.Next(9000)));
                    break;
            }
        }

        var again = await PackageBuilder.PackAsync(Here + "again", "dm-master", Here + "q.tar.gz", Cancellation);

        Assert.Equal(original.Sha256, again.Sha256);
        Assert.Equal(await File.ReadAllBytesAsync(Here + "p.tar.gz", Cancellation), await File.ReadAllBytesAsync(Here + "q.tar.gz", Cancellation));
    }

    [Fact]
    public async Task Makes_the_same_bytes_on_any_number_of_cores()
    {
        Grow(12);
        var hashes = new List<string>();
        foreach (var workers in new[] { 1, 2, 3, 16, 1 })
        {
            hashes.Add((await PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "p.tar.gz", new Deflation(4, workers), Cancellation)).Sha256);
        }

        Assert.Single(hashes.Distinct());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(9)]
    public async Task Packs_noise_which_does_not_get_smaller(int level)
    {
        var noise = new byte[3_500_000];
        new Random(1).NextBytes(noise);
        Place("tree/dm-master/dm-master", [.. Elf.Wide(), .. noise]);
        File.SetUnixFileMode(Here + "tree/dm-master/dm-master", (UnixFileMode)0x1ed);

        var package = await PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "p.tar.gz", new Deflation(level, 2), Cancellation);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([.. Elf.Wide(), .. noise])), package.Executable.Sha256);
    }

    [Fact]
    public async Task Names_and_targets_of_any_length_survive()
    {
        Tool.SkipWithout("tar");
        Place("tree/dm-master/dm-master", Elf.Wide());
        File.SetUnixFileMode(Here + "tree/dm-master/dm-master", (UnixFileMode)0x1ed);
        foreach (var length in Enumerable.Range(94, 12).Append(200))
        {
            var name = string.Concat(Enumerable.Repeat("ä", length / 2)) + (length % 2 == 0 ? "" : "x");
            Place($"tree/{name}f", "x");
            Directory.CreateDirectory(Here + $"tree/{name}d");
            File.CreateSymbolicLink(Here + $"tree/{name}l", name + "f");
            File.CreateSymbolicLink(Here + $"tree/l{length}", new string('t', length));
        }

        await PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "p.tar.gz", Cancellation);

        Directory.CreateDirectory(Here + "out");
        Assert.Equal("", await Tool.RunAsync(Here, "tar", "--no-same-owner", "-zxf", "p.tar.gz", "-C", "out"));
        Assert.Equal(Describe("tree"), Describe("out"));
    }

    [Fact]
    public async Task Refuses_to_pack_what_it_would_refuse_to_read()
    {
        Place("tree/dm-master/dm-master", Elf.Wide());
        File.CreateSymbolicLink(Here + "tree/out", "/etc/passwd");

        Assert.Equal(
            "tree/out cannot be packed: the package is hostile: the link out points out of the package, to /etc/passwd",
            await RefusalAsync(() => PackageBuilder.PackAsync(Here + "tree", "dm-master", Here + "p.tar.gz", Cancellation)));
        Assert.Equal("no is not a directory", await RefusalAsync(() => PackageBuilder.PackAsync(Here + "no", "dm-master", Here + "p.tar.gz", Cancellation)));
    }

    private List<string> Grow(int seed)
    {
        var random = new Random(seed);
        Place("tree/dm-master/dm-master", [.. Elf.Wide(), .. Bytes(random, 2_500_000)]);
        File.SetUnixFileMode(Here + "tree/dm-master/dm-master", (UnixFileMode)0x1ed);
        var directories = new List<string> { "tree" };
        for (var i = 0; i < 60; i++)
        {
            var name = $"{directories[random.Next(directories.Count)]}/{Name(random)}";
            if (Path.Exists(Here + name))
            {
                continue;
            }

            switch (random.Next(6))
            {
                case 0 or 1 when name.Count(c => c == '/') < 12:
                    Directory.CreateDirectory(Here + name);
                    directories.Add(name);
                    break;
                case 2:
                    File.CreateSymbolicLink(Here + name, random.Next(2) == 0 ? Name(random) : $"./{Name(random)}/{Name(random)}");
                    break;
                default:
                    Place(name, Bytes(random, random.Next(4) switch { 0 => 0, 1 => random.Next(2000), 2 => 512 * random.Next(5), _ => random.Next(100_000) }));
                    File.SetUnixFileMode(Here + name, (UnixFileMode)(random.Next(2) == 0 ? 0x1ed : 0x1a4));
                    break;
            }
        }

        return Describe("tree");
    }

    private List<string> Describe(string top) => new DirectoryInfo(Here + top)
        .EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
        .Select(found => $"{Path.GetRelativePath(Here + top, found.FullName)} {found.LinkTarget ?? (found is FileInfo file ? $"{Convert.ToString((int)file.UnixFileMode, 8)} {file.Length}" : "/")}")
        .Order(StringComparer.Ordinal)
        .ToList();

    private static string Name(Random random)
    {
        const string Letters = "abcdefghijklmnopqrstuvwxyzABC0123456789 .-_+=,@~#'\"$&()[]{}*?äßé中文🙂";
        var runes = Letters.EnumerateRunes().ToArray();
        var name = "n" + string.Concat(Enumerable.Range(0, random.Next(1, random.Next(8) == 0 ? 50 : 12)).Select(_ => runes[random.Next(runes.Length)].ToString()));
        return name;
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes.AsSpan(0, length / 2));
        return bytes;
    }
}
