using TiupDmNet.Packages.Tests.Support;

namespace TiupDmNet.Packages.Tests.Building;

public sealed class NormalizeTests : PackageTest
{
    [Theory]
    [InlineData("dm-worker", "conf/a", "dm-worker/conf/a dm-worker/dm-worker")]
    [InlineData("bin/dm-worker", "conf/a", "dm-worker/conf/a dm-worker/dm-worker")]
    [InlineData("bin/dm-worker", "bin/b", "dm-worker/bin/b dm-worker/dm-worker")]
    [InlineData("dm-v8/dm-worker", "dm-v8/conf/a", "dm-worker/conf/a dm-worker/dm-worker")]
    [InlineData("dm-v8/dm-worker", "README", "README dm-worker/dm-worker")]
    [InlineData("dm-v8/bin/dm-worker", "dm-v8/conf/a", "dm-worker/conf/a dm-worker/dm-worker")]
    [InlineData("dm-v8/dm-worker/dm-worker", "dm-v8/dm-worker/conf/a", "dm-worker/conf/a dm-worker/dm-worker")]
    [InlineData("dm-worker/dm-worker", "dm-worker/conf/a", "dm-worker/conf/a dm-worker/dm-worker")]
    [InlineData("grafana-8/bin/grafana-server", "grafana-8/conf/a", "bin/grafana-server conf/a")]
    public async Task Moves_the_executable_to_where_TiUP_looks_and_its_files_along(string entry, string other, string expected)
    {
        var package = await PackageReader.InspectAsync(
            Place("p.tar", new Tar().Directory("./").File(entry, Elf.Wide()).File(other, "x").Plain()), null, null, Cancellation);

        var normal = await PackageBuilder.NormalizeAsync(package, Here + "n.tar.gz", Cancellation);

        Assert.Equal(expected, string.Join(' ', normal.Members.Where(member => member.Kind == MemberKind.File).Select(member => member.Path)));
        Assert.True(normal.IsCanonical);
        Assert.Equal(package.Executable, normal.Executable);
    }

    [Fact]
    public async Task Leaves_no_empty_directories_behind()
    {
        var package = await PackageReader.InspectAsync(
            Place("p.tar.gz", new Tar().Directory("dm-v8/").Directory("dm-v8/bin/").File("dm-v8/bin/dm-worker", Elf.Wide()).Directory("dm-v8/log/").Gzip()), null, null, Cancellation);

        var normal = await PackageBuilder.NormalizeAsync(package, Here + "n.tar.gz", Cancellation);

        Assert.Equal(["dm-worker", "dm-worker/dm-worker", "dm-worker/log"], normal.Members.Select(member => member.Path));
    }

    [Fact]
    public async Task Refuses_members_that_would_meet()
    {
        var package = await PackageReader.InspectAsync(
            Place("p.tar.gz", new Tar().File("x/dm-worker", Elf.Wide()).File("x/conf", "x").File("dm-worker/conf", "x").Gzip()), null, null, Cancellation);

        Assert.Equal("p.tar.gz would hold dm-worker/conf twice", await RefusalAsync(() => PackageBuilder.NormalizeAsync(package, Here + "n.tar.gz", Cancellation)));
    }

    [Fact]
    public async Task Notices_that_the_package_changed()
    {
        var package = await PackageReader.InspectAsync(Place("p.tar.gz", new Tar().File("bin/dm-worker", Elf.Wide()).Gzip()), null, null, Cancellation);
        Place("p.tar.gz", new Tar().File("bin/dm-worker", Elf.Wide(content: "other")).Gzip());

        Assert.Equal("p.tar.gz changed since it was inspected; run the command again", await RefusalAsync(() => PackageBuilder.NormalizeAsync(package, Here + "n.tar.gz", Cancellation)));
        Assert.Equal(["p.tar.gz"], Directory.GetFiles(Here).Select(Path.GetFileName));
    }
}
