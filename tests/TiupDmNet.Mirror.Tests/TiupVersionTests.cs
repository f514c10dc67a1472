namespace TiupDmNet.Mirror.Tests;

public sealed class TiupVersionTests
{
    private static readonly string[] Ascending =
    [
        "master", "nightly", "v08.5.0", "v1-rc",
        "v0.0.0-1", "v0.0.0", "v1", "v1.2.0-alpha", "v1.2.0-alpha.1", "v1.2.0-alpha.2", "v1.2.0-alpha.10", "v1.2.0-alpha.beta", "v1.2.0-beta",
        "v1.2", "v1.2.0", "v8.5.0-20250101", "v8.5.0-hotfix.1", "v8.5.0", "v8.5.0+a", "v8.5.1", "v8.10.0", "v9.0.0-beta.1", "v9.1.0-alpha-nightly-20261101",
    ];

    [Fact]
    public void Orders_versions_as_TiUP_does_and_what_is_none_below_all()
    {
        var random = new Random(1);
        for (var round = 0; round < 50; round++)
        {
            Assert.Equal(Ascending, Ascending.OrderBy(_ => random.Next()).Select(TiupVersion.Parse).Order().Select(version => version.Text));
        }
    }

    [Fact]
    public void Orders_the_case_of_labels_as_semver_does() => Assert.True(TiupVersion.Parse("v1.0.0-Beta.2").CompareTo(TiupVersion.Parse("v1.0.0-alpha.1")) < 0);

    [Fact]
    public void Has_a_total_order_in_which_only_the_same_text_is_equal()
    {
        var versions = Ascending.Select(TiupVersion.Parse).ToList();
        Assert.All(versions, left => Assert.All(versions, right =>
        {
            Assert.Equal(-Math.Sign(left.CompareTo(right)), Math.Sign(right.CompareTo(left)));
            Assert.Equal(left.Equals(right), left.CompareTo(right) == 0);
        }));
    }

    [Theory]
    [InlineData("v8.5.0", 8, 5)]
    [InlineData("8.5.0-hotfix", 8, 5)]
    [InlineData("v3.0", 3, 0)]
    public void Knows_the_series_of_a_version(string text, int major, int minor) => Assert.Equal((major, minor), TiupVersion.Parse(text).Series);

    [Theory]
    [InlineData("nightly")]
    [InlineData("master")]
    [InlineData("v8.5.0.1")]
    [InlineData("v8.05.0")]
    public void Knows_none_for_what_is_no_version(string text)
    {
        var version = TiupVersion.Parse(text);
        Assert.Null(version.Series);
        Assert.False(version.IsSemantic);
        Assert.Equal(text, version.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" v8.5.0")]
    [InlineData("v8.5.0\n")]
    [InlineData("../v8.5.0")]
    [InlineData("v8/5")]
    [InlineData(".")]
    public void Refuses_what_cannot_be_in_a_file_name(string text)
    {
        Assert.False(TiupVersion.TryParse(text, out _));
        Assert.Equal($"'{text}' is not a version; versions look like v8.5.0 or nightly", Assert.Throws<FormatException>(() => TiupVersion.Parse(text)).Message);
    }

    [Fact]
    public void Reads_a_platform() => Assert.Equal(("linux", "amd64", "linux/amd64"), (Platform.Parse("linux/amd64").Os, Platform.Parse("linux/amd64").Arch, Platform.Parse("linux/amd64").ToString()));

    [Theory]
    [InlineData("linux")]
    [InlineData("linux/")]
    [InlineData("linux/amd64/v2")]
    [InlineData("Linux/../x")]
    public void Refuses_what_is_no_platform(string text) => Assert.Throws<FormatException>(() => Platform.Parse(text));
}
