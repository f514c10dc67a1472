namespace TiupDmNet.Packages.Tests;

public sealed class ComponentsTests
{
    [Theory]
    [InlineData("./dm-worker", "dm-worker")]
    [InlineData("/build/dm-master.new", "dm-master")]
    [InlineData("dm-master-v8.5.1", "dm-master")]
    [InlineData("dmctl_fixed", "dmctl")]
    [InlineData("grafana-server", "grafana")]
    [InlineData("dm-workers", null)]
    [InlineData("a.out", null)]
    public void Takes_the_component_from_a_file_name(string path, string? component) => Assert.Equal(component, Components.FromFileName(path));

    [Fact]
    public void Names_hotfix_packages_as_PingCAP_does() =>
        Assert.Equal("dm-worker-hotfix-linux-arm64.tar.gz", Components.HotfixFileName("dm-worker", "arm64"));
}
