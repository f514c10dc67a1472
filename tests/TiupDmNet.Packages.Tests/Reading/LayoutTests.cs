using System.Security.Cryptography;
using TiupDmNet.Packages.Tests.Support;

namespace TiupDmNet.Packages.Tests.Reading;

public sealed class LayoutTests : PackageTest
{
    [Theory]
    [InlineData("dm-worker/dm-worker", "dm-worker")]
    [InlineData("./dm-worker/dm-worker", "dm-worker")]
    [InlineData("dm-worker", "dm-worker")]
    [InlineData("./dm-worker", "dm-worker")]
    [InlineData("bin/dm-worker", "dm-worker")]
    [InlineData("dm-v8.5.0/dm-worker/dm-worker", "dm-worker")]
    [InlineData("dm-v8.5.0/bin/dm-worker", "dm-worker")]
    [InlineData("dm-v8.5.0/dm-worker", "dm-worker")]
    [InlineData(".//x/.//dm-master", "dm-master")]
    [InlineData("dmctl/dmctl", "dmctl")]
    [InlineData("bin/grafana-server", "grafana")]
    [InlineData("grafana-8/bin/grafana-server", "grafana")]
    [InlineData("prometheus/prometheus", "prometheus")]
    [InlineData("alertmanager/alertmanager", "alertmanager")]
    public async Task Finds_the_executable_and_so_the_component(string entry, string component)
    {
        var package = await InspectAsync(new Tar().File("README.md", "x").File(entry, Elf.Wide()).Gzip());

        Assert.Equal(component, package.Component);
        Assert.Equal(entry.Replace("//", "/", StringComparison.Ordinal).Replace("./", "", StringComparison.Ordinal), package.EntryPath);
        Assert.Equal(component == "grafana" ? "bin/grafana-server" : $"{component}/{component}", package.CanonicalEntryPath);
        Assert.Equal(package.EntryPath == package.CanonicalEntryPath, package.IsCanonical);
    }

    [Theory]
    [InlineData("a/b/dm-worker")]
    [InlineData("a/dm-worker/b/dm-worker")]
    [InlineData("dm-worker.bak")]
    [InlineData("dm-worker/dm-worker.exe")]
    public async Task Does_not_take_a_file_elsewhere_for_the_executable(string path) => Assert.Equal(
        $"p.tar.gz holds no executable of a component of DM (dm-master, dm-worker, dmctl, …); it holds {path}",
        await RefusalAsync(new Tar().File(path, Elf.Wide()).Gzip()));

    [Fact]
    public async Task Tells_what_is_in_a_package_as_tar_and_sha256sum_do()
    {
        Tool.SkipWithout("tar");
        Place("dm-master/dm-master", Elf.Wide(interpreter: "/lib64/ld-linux-x86-64.so.2"));
        Place("dm-master/conf/dm_worker.rules.yml", "groups: []\n");
        await Tool.RunAsync(Here, "chmod", "755", "dm-master/dm-master");
        await Tool.RunAsync(Here, "chmod", "644", "dm-master/conf/dm_worker.rules.yml");
        File.CreateSymbolicLink(Here + "dm-master/rules.yml", "conf/dm_worker.rules.yml");
        await Tool.RunAsync(Here, "tar", "-czf", "dm.tar.gz", "dm-master/conf", "dm-master/dm-master", "dm-master/rules.yml");

        var package = await PackageReader.InspectAsync(Here + "dm.tar.gz", null, null, Cancellation);

        Assert.Equal(
            [
                new PackageMember("dm-master/conf", MemberKind.Directory, 0, (UnixFileMode)0x1ed, null),
                new PackageMember("dm-master/conf/dm_worker.rules.yml", MemberKind.File, 11, (UnixFileMode)0x1a4, null),
                new PackageMember("dm-master/dm-master", MemberKind.File, package.Executable.Size, (UnixFileMode)0x1ed, null),
                new PackageMember("dm-master/rules.yml", MemberKind.SymbolicLink, 0, (UnixFileMode)0x1ff, "conf/dm_worker.rules.yml"),
            ],
            package.Members.Select(member => member.Kind == MemberKind.Directory ? member with { Mode = (UnixFileMode)0x1ed } : member));
        Assert.True(package.IsCanonical);
        Assert.Equal(new FileInfo(Here + "dm.tar.gz").Length, package.Size);
        Assert.Equal(11 + package.Executable.Size, package.UnpackedSize);
        Assert.StartsWith(package.Sha256, await Tool.RunAsync(Here, "sha256sum", "dm.tar.gz"), StringComparison.Ordinal);
        Assert.StartsWith(package.Sha1, await Tool.RunAsync(Here, "sha1sum", "dm.tar.gz"), StringComparison.Ordinal);
        Assert.StartsWith(package.Executable.Sha256, await Tool.RunAsync(Here, "sha256sum", "dm-master/dm-master"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_plain_tar_which_TiUP_does_not_install()
    {
        var package = await InspectAsync(Tar.Worker().Plain());

        Assert.Equal("dm-worker", package.Component);
        Assert.False(package.IsCanonical);
    }

    [Fact]
    public async Task Prefers_the_place_where_TiUP_looks()
    {
        var package = await InspectAsync(new Tar().File("bin/dm-worker", Elf.Wide(content: "other")).File("dm-worker/dm-worker", Elf.Wide()).Gzip());

        Assert.Equal("dm-worker/dm-worker", package.EntryPath);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Elf.Wide())), package.Executable.Sha256);
    }

    [Fact]
    public async Task Takes_the_component_that_was_asked_for_out_of_a_bundle()
    {
        var bundle = new Tar().File("bin/dm-master", Elf.Wide(Elf.Amd64)).File("bin/dm-worker", Elf.Wide(Elf.Arm64)).Gzip();

        Assert.Equal("arm64", (await InspectAsync(bundle, "dm-worker")).Executable.Architecture);
        Assert.Equal("amd64", (await InspectAsync(bundle, "dm-master")).Executable.Architecture);
    }

    [Fact]
    public async Task Finds_a_component_that_it_does_not_know_when_asked_for_it() =>
        Assert.Equal("tidb-server/tidb-server", (await InspectAsync(new Tar().File("bin/tidb-server", Elf.Wide()).Gzip(), "tidb-server")).CanonicalEntryPath);

    [Fact]
    public async Task Asks_which_component_of_a_bundle_is_meant() => Assert.Equal(
        "p.tar.gz holds several components (dm-master, dm-worker); name the one to use with -R, or make a package of each with `dotnet dm-patch package build --bundle p.tar.gz`",
        await RefusalAsync(new Tar().File("bin/dm-master", Elf.Wide()).File("bin/dm-worker", Elf.Wide()).Gzip()));

    [Fact]
    public async Task Lists_what_is_there_when_the_component_is_not() => Assert.Equal(
        "p.tar.gz holds no dm-worker: no dm-worker/dm-worker, bin/dm-worker or dm-worker at the top or in one directory below it; it holds tools/run, README.md, conf/a.toml",
        await RefusalAsync(new Tar().File("README.md", "x").File("conf/a.toml", "x").File("tools/run", "x", mode: 0x1ed).Gzip(), "dm-worker"));

    [Fact]
    public async Task Says_which_component_is_there_instead() => Assert.Equal(
        "p.tar.gz holds dm-master, not dm-worker; it holds dm-master/dm-master",
        await RefusalAsync(new Tar().File("dm-master/dm-master", Elf.Wide()).Gzip(), "dm-worker"));

    [Fact]
    public async Task Explains_the_offline_bundle() => Assert.Equal(
        "p.tar.gz holds no executable of a component of DM (dm-master, dm-worker, dmctl, …); it holds packages (t/dm-master-v8.5.0-linux-amd64.tar.gz): unpack it, and use the one for the component",
        await RefusalAsync(new Tar().File("t/root.json", "{}").File("t/dm-master-v8.5.0-linux-amd64.tar.gz", "x").Gzip()));

    [Fact]
    public async Task Lists_no_more_than_ten_of_many()
    {
        var tar = new Tar();
        for (var i = 0; i < 14; i++)
        {
            tar.File($"f{i:00}", "x");
        }

        Assert.EndsWith("it holds f00, f01, f02, f03, f04, f05, f06, f07, f08, f09 and 4 more", await RefusalAsync(tar.Gzip()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_there_are_no_files() => Assert.Equal(
        "p.tar.gz holds no executable of a component of DM (dm-master, dm-worker, dmctl, …); it holds no files",
        await RefusalAsync(new Tar().Directory("dm-worker/").Gzip()));

    [Fact]
    public async Task Does_not_choose_between_two_of_the_same() => Assert.Equal(
        "p.tar.gz holds dm-worker more than once (bin/dm-worker, x/dm-worker), and none of them at dm-worker/dm-worker, where TiUP looks",
        await RefusalAsync(new Tar().File("bin/dm-worker", Elf.Wide()).File("x/dm-worker", Elf.Wide()).Gzip()));

    [Fact]
    public async Task Refuses_a_name_that_is_none_of_a_component() => Assert.Equal(
        "\"../dm-worker\" is not a component name; use one such as dm-master, dm-worker, dmctl",
        await RefusalAsync(Tar.Worker().Gzip(), "../dm-worker"));

    [Fact]
    public async Task Says_that_a_file_does_not_exist() => Assert.Equal(
        "no.tar.gz does not exist",
        await RefusalAsync(() => PackageReader.InspectAsync(Here + "no.tar.gz", null, null, Cancellation)));

    [Fact]
    public async Task Says_how_to_pack_a_directory()
    {
        Directory.CreateDirectory(Here + "dm worker");

        Assert.Equal(
            $"dm worker is a directory, not a package; pack it with `tar -czf 'dm worker.tar.gz' -C {Here.TrimEnd('/')} 'dm worker'`",
            await RefusalAsync(() => PackageReader.InspectAsync(Here + "dm worker", null, null, Cancellation)));
    }

    [Fact]
    public async Task Stops_when_told_to()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PackageReader.InspectAsync(Place("p.tar.gz", Tar.Worker().Gzip()), null, null, stop.Token));
    }
}
