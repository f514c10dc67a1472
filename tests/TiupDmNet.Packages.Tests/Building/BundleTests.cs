using TiupDmNet.Packages.Tests.Support;

namespace TiupDmNet.Packages.Tests.Building;

public sealed class BundleTests : PackageTest
{
    [Theory]
    [InlineData("")]
    [InlineData("./")]
    [InlineData("dm/")]
    public async Task Makes_the_packages_of_the_manual_out_of_its_bundle(string top)
    {
        var bundle = Place("dm-linux-amd64.tar.gz", new Tar()
            .File(top + "bin/dm-master", Elf.Wide(content: "master"))
            .File(top + "bin/dm-worker", Elf.Wide(content: "worker"))
            .File(top + "bin/mydumper", Elf.Wide())
            .File(top + "conf/rules.yml", "x")
            .File(top + "scripts/a.json", "x")
            .Gzip());

        var packages = await SplitAsync(bundle, null);

        Assert.Equal(["dm-master-hotfix-linux-amd64.tar.gz", "dm-worker-hotfix-linux-amd64.tar.gz"], packages.Select(package => Path.GetFileName(package.Path)));
        foreach (var package in packages)
        {
            var c = package.Component;
            Assert.True(package.IsCanonical);
            Assert.Equal([c, $"{c}/conf", $"{c}/conf/rules.yml", $"{c}/{c}", $"{c}/scripts", $"{c}/scripts/a.json"], package.Members.Select(member => member.Path));
            Assert.True(File.Exists(package.Path));
        }

        Assert.NotEqual(packages[0].Executable.Sha256, packages[1].Executable.Sha256);
        Assert.Equal(3, Directory.GetFiles(Here).Length);
    }

    [Fact]
    public async Task Keeps_apart_what_lies_in_the_components_own_directories()
    {
        var packages = await SplitAsync(Place("b.tar.gz", Offline().Gzip()), null);

        Assert.Equal(["dm-master", "dm-master/conf", "dm-master/conf/m", "dm-master/dm-master"], packages[0].Members.Select(member => member.Path));
        Assert.Equal(["dm-worker", "dm-worker/conf", "dm-worker/conf/w", "dm-worker/dm-worker"], packages[1].Members.Select(member => member.Path));
    }

    [Fact]
    public async Task Takes_only_what_it_is_asked_for()
    {
        var packages = await SplitAsync(Place("b.tar.gz", Offline().Gzip()), ["dm-worker"]);

        Assert.Equal("dm-worker", Assert.Single(packages).Component);
    }

    [Fact]
    public async Task Names_packages_by_the_architecture_of_the_executables()
    {
        var packages = await SplitAsync(Place("b.tar.gz", new Tar().File("bin/dm-master", Elf.Wide(Elf.Arm64)).File("bin/dm-worker", Elf.Wide(Elf.Arm64)).Gzip()), null);

        Assert.Equal("dm-master-hotfix-linux-arm64.tar.gz", Path.GetFileName(packages[0].Path));
    }

    [Fact]
    public async Task Leaves_out_other_components_that_lie_beside_the_executable()
    {
        var packages = await SplitAsync(Place("b.tar.gz", new Tar().File("x/dm-master", Elf.Wide()).File("x/dm-worker", Elf.Wide()).File("x/conf", "x").Gzip()), ["dm-worker"]);

        Assert.Equal(["dm-worker", "dm-worker/conf", "dm-worker/dm-worker"], packages[0].Members.Select(member => member.Path));
    }

    [Fact]
    public async Task Writes_nothing_when_one_component_is_not_usable()
    {
        var bundle = Place("b.tar.gz", new Tar().File("bin/dm-master", Elf.Wide()).File("bin/dm-worker", "#!/bin/sh", mode: 0x1ed).Gzip());

        Assert.Equal("b.tar.gz: bin/dm-worker is a script (#!/bin/sh), not an ELF executable as DM's components are", await RefusalAsync(() => SplitAsync(bundle, null)));
        Assert.Equal(["b.tar.gz"], Directory.GetFiles(Here).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Says_that_a_component_is_not_in_the_bundle() => Assert.Equal(
        "b.tar.gz holds dm-master and dm-worker, not dmctl; it holds dm/dm-master/dm-master, dm/dm-worker/dm-worker, dm/dm-master/conf/m, dm/dm-worker/conf/w",
        await RefusalAsync(() => SplitAsync(Place("b.tar.gz", Offline().Gzip()), ["dmctl"])));

    [Fact]
    public async Task Says_that_there_is_no_component_in_the_bundle() => Assert.Equal(
        "b.tar.gz holds no executable of a component of DM (dm-master, dm-worker, dmctl, …); it holds x",
        await RefusalAsync(() => SplitAsync(Place("b.tar.gz", new Tar().File("x", "x").Gzip()), null)));

    private static Tar Offline() => new Tar()
        .File("dm/dm-master/dm-master", Elf.Wide(content: "master"))
        .File("dm/dm-master/conf/m", "x")
        .File("dm/dm-worker/dm-worker", Elf.Wide(content: "worker"))
        .File("dm/dm-worker/conf/w", "x");

    private Task<IReadOnlyList<ComponentPackage>> SplitAsync(string bundle, IReadOnlyList<string>? components) => BundleSplitter.SplitAsync(
        bundle, components, (component, executable) => Here + Components.HotfixFileName(component, executable.Architecture), Cancellation);
}
