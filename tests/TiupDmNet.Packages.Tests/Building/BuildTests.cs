using TiupDmNet.Packages.Building;
using TiupDmNet.Packages.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Packages.Tests.Building;

public sealed class BuildTests : PackageTest
{
    private string Output => Here + "dm-worker-hotfix-linux-amd64.tar.gz";

    [Fact]
    public async Task Replaces_the_executable_and_keeps_the_rest()
    {
        var hotfix = Place("dm-worker", Elf.Wide(content: "hotfix"));
        var before = Place("base.tar.gz", Base().Gzip());

        var package = await BuildAsync(before, new Replacement("dm-worker/dm-worker", hotfix, Add: false));

        Assert.True(package.IsCanonical);
        Assert.Equal(Output, package.Path);
        Assert.Equal(["dm-worker", "dm-worker/conf", "dm-worker/conf/rules.yml", "dm-worker/dm-worker", "dm-worker/scripts", "dm-worker/scripts/run.sh"], package.Members.Select(member => member.Path));
        Assert.Equal((await PackageReader.InspectExecutableAsync(hotfix, Cancellation)).Sha256, package.Executable.Sha256);
        await ExtractAsync(Output);
        Assert.Equal("groups: []", await File.ReadAllTextAsync(Here + "out/dm-worker/conf/rules.yml", Cancellation));
        Assert.Equal(await File.ReadAllBytesAsync(hotfix, Cancellation), await File.ReadAllBytesAsync(Here + "out/dm-worker/dm-worker", Cancellation));
    }

    [Fact]
    public async Task Gives_everything_the_same_owner_time_and_modes()
    {
        Tool.SkipWithout("tar");
        await BuildAsync(Place("base.tar.gz", Base().Gzip()));

        Assert.Equal(
            """
            drwxr-xr-x 0/0               0 2000-01-01 00:00 dm-worker/
            drwxr-xr-x 0/0               0 2000-01-01 00:00 dm-worker/conf/
            -rw-r--r-- 0/0              10 2000-01-01 00:00 dm-worker/conf/rules.yml
            -rwxr-xr-x 0/0             180 2000-01-01 00:00 dm-worker/dm-worker
            drwxr-xr-x 0/0               0 2000-01-01 00:00 dm-worker/scripts/
            -rwxr-xr-x 0/0               2 2000-01-01 00:00 dm-worker/scripts/run.sh

            """,
            await Tool.RunAsync(Here, "tar", "-tvf", Output));
    }

    [Fact]
    public async Task Makes_the_same_bytes_of_the_same_content_however_the_base_is_ordered_and_compressed()
    {
        var hotfix = new Replacement("dm-worker/dm-worker", Place("dm-worker", Elf.Wide(content: "hotfix")), Add: false);
        var one = await BuildAsync(Place("a.tar.gz", Base().Gzip()), hotfix);
        var other = await BuildAsync(
            Place("b.tar", new Tar()
                .File("./dm-worker/scripts/run.sh", "#!", mode: 0x1c0)
                .File("dm-worker/dm-worker", Elf.Wide())
                .File("dm-worker/conf/rules.yml", "groups: []", mode: 0x180)
                .Plain()),
            hotfix);

        Assert.Equal(one.Sha256, other.Sha256);
    }

    [Fact]
    public async Task Adds_a_file_only_when_told_to()
    {
        var before = Place("base.tar.gz", Base().Gzip());
        var extra = Place("extra", "x");

        Assert.Equal(
            "base.tar.gz holds no dm-worker/config/rules.yml to replace; near that it holds dm-worker/conf/rules.yml, dm-worker/scripts/run.sh, dm-worker/dm-worker; use --add to add a file",
            await RefusalAsync(() => BuildAsync(before, new Replacement("dm-worker/config/rules.yml", extra, Add: false))));

        var package = await BuildAsync(before, new Replacement("dm-worker/config/rules.yml", extra, Add: true));

        Assert.Contains("dm-worker/config/rules.yml", package.Members.Select(member => member.Path));
        Assert.Contains(package.Members, member => member is { Path: "dm-worker/config", Kind: MemberKind.Directory });
    }

    [Fact]
    public async Task Replaces_what_it_is_told_to_add_when_it_is_there()
    {
        var package = await BuildAsync(Place("base.tar.gz", Base().Gzip()), new Replacement("./dm-worker/conf/rules.yml", Place("r", "new"), Add: true));

        Assert.Equal(3, package.Members.Single(member => member.Path == "dm-worker/conf/rules.yml").Size);
    }

    [Fact]
    public async Task Builds_on_a_base_whose_own_executable_is_a_script()
    {
        var golden = Repository.SharedGolden;
        Assert.SkipWhen(golden is null, "the golden mirror is not beside this checkout");
        var hotfix = Place("dm-master", Elf.Wide(content: "hotfix"));

        var package = await PackageBuilder.BuildAsync(
            Path.Combine(golden!, "tiup-mirror", "dm-master-v8.5.0-linux-amd64.tar.gz"), "dm-master", [new Replacement("dm-master/dm-master", hotfix, Add: false)], Output, Cancellation);

        Assert.Equal(
            ["dm-master", "dm-master/conf", "dm-master/conf/dm_worker.rules.yml", "dm-master/dm-master", "dm-master/scripts", "dm-master/scripts/DM-Monitor-Professional.json", "dm-master/scripts/DM-Monitor-Standard.json"],
            package.Members.Select(member => member.Path));
    }

    [Fact]
    public async Task Makes_a_built_executable_executable()
    {
        var source = Place("dm-worker", Elf.Wide(content: "hotfix"));
        await Tool.RunAsync(Here, "chmod", "600", "dm-worker");

        var package = await BuildAsync(Place("base.tar.gz", Base().Gzip()), new Replacement("dm-worker/dm-worker", source, Add: false));

        Assert.Equal((UnixFileMode)0x1ed, package.Members.Single(member => member.Path == "dm-worker/dm-worker").Mode);
    }

    [Fact]
    public async Task Keeps_symlinks_and_writes_hard_links_as_files()
    {
        var package = await BuildAsync(Place("base.tar.gz", Base().Link("dm-worker/l", "conf/rules.yml").HardLink("dm-worker/h", "dm-worker/conf/rules.yml").Gzip()));

        Assert.Equal((MemberKind.File, 10), package.Members.Where(member => member.Path == "dm-worker/h").Select(member => (member.Kind, member.Size)).Single());
        Assert.Equal("conf/rules.yml", package.Members.Single(member => member.Path == "dm-worker/l").LinkTarget);
    }

    [Fact]
    public async Task Refuses_to_replace_what_a_hard_link_shares() => Assert.Equal(
        "base.tar.gz holds dm-worker/h as a hard link to dm-worker/conf/rules.yml, which is replaced; replace both",
        await RefusalAsync(() => BuildAsync(
            Place("base.tar.gz", Base().HardLink("dm-worker/h", "dm-worker/conf/rules.yml").Gzip()),
            new Replacement("dm-worker/conf/rules.yml", Place("r", "new"), Add: false))));

    [Theory]
    [InlineData("../x", "\"../x\" cannot be a path in a package: it is hostile: the path ../x climbs out with \"..\"; a package may only write below the directory it is unpacked to")]
    [InlineData("./", "\"./\" cannot be a path in a package: it names no file")]
    [InlineData("dm-worker/conf", "base.tar.gz: dm-worker/conf is a directory; name the file in it to replace")]
    [InlineData("dm-worker/conf/rules.yml/x", "base.tar.gz cannot hold dm-worker/conf/rules.yml/x, because dm-worker/conf/rules.yml is not a directory")]
    public async Task Refuses_a_replacement_that_does_not_fit(string path, string refusal) => Assert.Equal(
        refusal,
        await RefusalAsync(() => BuildAsync(Place("base.tar.gz", Base().Gzip()), new Replacement(path, Place("r", "x"), Add: true))));

    [Fact]
    public async Task Refuses_two_replacements_of_one_file()
    {
        var (a, b) = (Place("a", "x"), Place("b", "x"));
        Assert.Equal(
            "conf/x is given twice, as a and as b",
            await RefusalAsync(() => BuildAsync(Place("base.tar.gz", Base().Gzip()), new Replacement("conf/x", a, Add: true), new Replacement("./conf/x", b, Add: true))));
    }

    [Theory]
    [InlineData("no", "no does not exist")]
    [InlineData(".", ". is a directory, and should be a file")]
    public async Task Refuses_a_replacement_that_is_not_there(string source, string refusal)
    {
        var before = Place("base.tar.gz", Base().Gzip());
        Assert.Equal(refusal, await RefusalAsync(() => BuildAsync(before, new Replacement("dm-worker/dm-worker", Here + source, Add: false))));
    }

    [Fact]
    public async Task Looks_at_the_executable_before_it_packs() => Assert.Equal(
        "new is a script (#!/bin/sh), not an ELF executable as DM's components are",
        await RefusalAsync(() => BuildAsync(Place("base.tar.gz", Base().Gzip()), new Replacement("dm-worker/dm-worker", Place("new", "#!/bin/sh\n"), Add: false))));

    [Fact]
    public async Task Refuses_the_build_of_another_component_and_leaves_nothing()
    {
        var source = Place("new", Elf.Go("github.com/pingcap/tiflow/cmd/dm-master"));
        var before = Place("base.tar.gz", Base().Gzip());

        Assert.Equal(
            "dm-worker-hotfix-linux-amd64.tar.gz: dm-worker/dm-worker is a build of dm-master, not of dm-worker (it was built from github.com/pingcap/tiflow/cmd/dm-master)",
            await RefusalAsync(() => BuildAsync(before, new Replacement("dm-worker/dm-worker", source, Add: false))));
        Assert.Equal(["base.tar.gz", "new"], Directory.GetFiles(Here).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Does_not_touch_an_output_that_is_there_when_it_fails()
    {
        Place("dm-worker-hotfix-linux-amd64.tar.gz", "what was there");

        await Assert.ThrowsAsync<PackageException>(() => BuildAsync(Place("base.tar.gz", new Tar().File("x", "x").Gzip())));

        Assert.Equal("what was there", await File.ReadAllTextAsync(Output, Cancellation));
    }

    [Fact]
    public async Task Can_write_over_its_own_base()
    {
        Place("dm-worker-hotfix-linux-amd64.tar.gz", Base().Gzip());

        await BuildAsync(Output, new Replacement("dm-worker/conf/rules.yml", Place("r", "new"), Add: false));

        Assert.Equal("dm-worker", (await PackageReader.InspectAsync(Output, null, null, Cancellation)).Component);
        Assert.Equal(["dm-worker-hotfix-linux-amd64.tar.gz", "r"], Directory.GetFiles(Here).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Says_that_the_directory_to_write_to_is_missing() => Assert.Equal(
        $"no/x.tar.gz cannot be written: the directory {Here}no does not exist".Replace(Here, "", StringComparison.Ordinal),
        await RefusalAsync(() => PackageBuilder.WrapAsync(Place("w", Elf.Wide()), "dm-worker", Here + "no/x.tar.gz", Cancellation)));

    [Theory]
    [InlineData(100)]
    [InlineData(20_000_000)]
    public async Task Says_that_the_disk_is_full(int size)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");
        File.CreateSymbolicLink(Output + ".part", "/dev/full");
        var noise = new byte[size];
        new Random(1).NextBytes(noise);

        Assert.Matches(
            "^dm-worker-hotfix-linux-amd64.tar.gz cannot be written: .*No space left on device",
            await RefusalAsync(() => PackageBuilder.WrapAsync(Place("w", [.. Elf.Wide(), .. noise]), "dm-worker", Output, Cancellation)));
        Assert.Equal(["w"], Directory.GetFiles(Here).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Says_that_there_is_no_room_for_what_is_kept_meanwhile()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full");
        File.CreateSymbolicLink(Output + ".spool", "/dev/full");

        Assert.Matches(
            "^dm-worker-hotfix-linux-amd64.tar.gz cannot be written: .*No space left on device",
            await RefusalAsync(() => BuildAsync(Place("base.tar.gz", Base().Gzip()))));
    }

    [Fact]
    public async Task Wraps_an_executable()
    {
        var raw = Place("dm-worker", Elf.Wide(Elf.Arm64));

        var package = await PackageBuilder.WrapAsync(raw, "dm-worker", Output, Cancellation);

        Assert.Equal(("dm-worker/dm-worker", true, "arm64"), (package.EntryPath, package.IsCanonical, package.Executable.Architecture));
        Assert.Equal(await PackageReader.InspectExecutableAsync(raw, Cancellation), package.Executable);
    }

    [Theory]
    [InlineData("#!/bin/sh", "raw is a script (#!/bin/sh), not an ELF executable as DM's components are")]
    [InlineData("", "raw is empty, not an executable")]
    public async Task Refuses_to_wrap_what_is_no_executable(string content, string refusal) => Assert.Equal(
        refusal,
        await RefusalAsync(() => PackageBuilder.WrapAsync(Place("raw", content), "dm-worker", Output, Cancellation)));

    [Fact]
    public async Task Refuses_to_wrap_an_executable_that_is_cut_short() => Assert.Equal(
        "raw is cut short: it is smaller than its headers say; copy it again",
        await RefusalAsync(() => PackageBuilder.WrapAsync(Place("raw", Elf.Wide()[..^1]), "dm-worker", Output, Cancellation)));

    [Fact]
    public async Task Stops_when_told_to_and_leaves_nothing()
    {
        var before = Place("base.tar.gz", Base().Gzip());
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PackageBuilder.BuildAsync(before, "dm-worker", [], Output, stop.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PackageBuilder.WrapAsync(Place("w", Elf.Wide()), "dm-worker", Output, stop.Token));

        Assert.Equal(["base.tar.gz", "w"], Directory.GetFiles(Here).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Stops_in_the_middle_and_leaves_nothing()
    {
        var noise = new byte[60_000_000];
        new Random(1).NextBytes(noise);
        var raw = Place("w", [.. Elf.Wide(), .. noise]);
        using var stop = new CancellationTokenSource();

        var wrapping = PackageBuilder.WrapAsync(raw, "dm-worker", Output, stop.Token);
        while (!wrapping.IsCompleted && !(File.Exists(Output + ".part") && new FileInfo(Output + ".part").Length > 0))
        {
            await Task.Yield();
        }

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wrapping);
        Assert.Equal(["w"], Directory.GetFiles(Here).Select(Path.GetFileName));
    }

    private static Tar Base() => new Tar()
        .Directory("dm-worker/")
        .Directory("dm-worker/conf/")
        .File("dm-worker/conf/rules.yml", "groups: []")
        .File("dm-worker/dm-worker", Elf.Wide())
        .Directory("dm-worker/scripts/")
        .File("dm-worker/scripts/run.sh", "#!", mode: 0x1ed);

    private Task<ComponentPackage> BuildAsync(string before, params Replacement[] replacements) =>
        PackageBuilder.BuildAsync(before, "dm-worker", replacements, Output, Deflation.Default, Cancellation);

    private async Task ExtractAsync(string package)
    {
        Tool.SkipWithout("tar");
        Directory.CreateDirectory(Here + "out");
        await Tool.RunAsync(Here, "tar", "--no-same-owner", "-zxf", package, "-C", "out");
    }
}
