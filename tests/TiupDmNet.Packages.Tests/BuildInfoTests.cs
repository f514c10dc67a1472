namespace TiupDmNet.Packages.Tests;

public sealed class BuildInfoTests
{
    [Fact]
    public void Reads_what_version_8_prints() => Assert.Equal(
        new BuildInfo("v8.5.7", "311ba5fdc3825c090e0e74e05a8e9ae73ced1a3c", "HEAD", "2025-10-30 05:06:11", "go1.24.4"),
        BuildInfo.Parse("Release Version: v8.5.7\nGit Commit Hash: 311ba5fdc3825c090e0e74e05a8e9ae73ced1a3c\nGit Branch: HEAD\nUTC Build Time: 2025-10-30 05:06:11\nGo Version: go1.24.4\nFailpoint Build: false\n\n"));

    [Fact]
    public void Reads_what_version_2_prints() => Assert.Equal(
        new BuildInfo("v2.0.7", "None", "None", "None", "go version go1.13 linux/amd64"),
        BuildInfo.Parse("Release Version: v2.0.7\r\nGit Commit Hash: None\r\nGit Branch: None\r\nUTC Build Time: None\r\nGo Version: go version go1.13 linux/amd64\r\n"));

    [Fact]
    public void Takes_missing_lines_for_empty_ones() =>
        Assert.Equal(new BuildInfo("v9.0.0-beta.2.pre-34-g311ba5f", "", "", "", ""), BuildInfo.Parse("a warning\nRelease Version: v9.0.0-beta.2.pre-34-g311ba5f"));

    [Theory]
    [InlineData("")]
    [InlineData("dm-master: command not found")]
    [InlineData("The Release Version: v1")]
    public void Knows_text_that_is_no_version(string text) => Assert.Null(BuildInfo.Parse(text));
}
