using NuGet.Versioning;

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

    [Fact]
    public void What_semver_does_not_know_is_below_all_that_it_does()
    {
        var random = new Random(20261124);
        var versions = Enumerable.Range(0, 500).Select(_ => TiupVersion.Parse(Anything(random))).Order().ToList();

        Assert.Equal(versions.OrderBy(version => version.IsSemantic), versions);
        Assert.Contains(versions, version => !version.IsSemantic);
        Assert.All(versions, version => Assert.Equal(version.Text.Contains("nightly", StringComparison.Ordinal), version.IsNightly));
    }

    [Fact]
    public void A_nightly_is_below_the_release_that_it_leads_to()
    {
        var random = new Random(20261125);
        for (var round = 0; round < 500; round++)
        {
            var release = $"v{random.Next(20)}.{random.Next(20)}.{random.Next(20)}";
            var nightly = TiupVersion.Parse($"{release}-alpha-nightly-2026{random.Next(10, 13)}{random.Next(10, 29)}");

            Assert.True(nightly.IsNightly && nightly.IsPrerelease && nightly.CompareTo(TiupVersion.Parse(release)) < 0, nightly.Text);
        }
    }

    [Fact]
    public void Has_a_total_order_whatever_the_versions_are()
    {
        var random = new Random(20261122);
        var versions = Enumerable.Range(0, 150).Select(_ => Anything(random)).Distinct().Select(TiupVersion.Parse).ToList();
        versions.Sort();

        // In a sorted list every earlier one must be below every later one: that is antisymmetry and transitivity at once.
        for (var i = 0; i < versions.Count; i++)
        {
            for (var j = 0; j < versions.Count; j++)
            {
                var (left, right) = (versions[i], versions[j]);
                Assert.Equal((left.Text, right.Text, i.CompareTo(j)), (left.Text, right.Text, Math.Sign(left.CompareTo(right))));
                Assert.Equal((i == j, i == j), (left.Equals(right), left == right));
            }

            var again = TiupVersion.Parse(versions[i].Text);
            Assert.Equal((0, true, versions[i].GetHashCode()), (versions[i].CompareTo(again), versions[i] == again, again.GetHashCode()));
            Assert.True(versions[i].CompareTo(null) > 0);
        }
    }

    [Fact]
    public void Agrees_with_NuGet_on_what_both_call_a_semantic_version()
    {
        var random = new Random(20261123);
        var (different, same) = (0, 0);
        for (var round = 0; round < 20_000; round++)
        {
            var (left, right) = (Semver(random), Semver(random));

            var expected = Math.Sign(VersionComparer.VersionRelease.Compare(SemanticVersion.Parse(left), SemanticVersion.Parse(right)));
            var order = Math.Sign(TiupVersion.Parse("v" + left).CompareTo(TiupVersion.Parse("v" + right)));

            // Where semver sees none, this project still wants an order: that of the texts.
            Assert.Equal((left, right, expected == 0 ? Math.Sign(string.CompareOrdinal(left, right)) : expected), (left, right, order));
            (different, same) = expected == 0 ? (different, same + 1) : (different + 1, same);
        }

        Assert.True(different > 1000 && same > 100, $"{different} pairs were different, {same} the same");
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

    /// <summary>Few different parts, so that many pairs differ in one place only. Lower case, because NuGet does not tell the case of labels apart.</summary>
    private static string Semver(Random random)
    {
        string[] labels = ["0", "1", "2", "10", "alpha", "beta", "hotfix", "nightly", "rc", "a-b", "-", "20261122", "20261122-x", "x1"];
        var text = $"{random.Next(2)}.{random.Next(2)}.{random.Next(3) * 5}";
        if (random.Next(2) == 0)
        {
            text += "-" + string.Join('.', Enumerable.Range(0, random.Next(1, 4)).Select(_ => labels[random.Next(labels.Length)]));
        }

        return random.Next(4) == 0 ? text + "+" + labels[random.Next(labels.Length)] : text;
    }

    private static string Anything(Random random) => random.Next(6) switch
    {
        0 => new[] { "nightly", "master", "v1", "v1.2", "v01.2.3", "1.2.3", "v1.2.3.4", "v1-rc", "main-nightly", "V1.2.3", "v1.2.3-", "v1.2.3-01" }[random.Next(12)],
        1 => Semver(random),
        2 => "v" + Semver(random).ToUpperInvariant().Replace("NIGHTLY", "nightly", StringComparison.Ordinal),
        3 => "v1a"[random.Next(3)] + string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => "v10.-+a"[random.Next(7)])),
        _ => "v" + Semver(random),
    };
}
