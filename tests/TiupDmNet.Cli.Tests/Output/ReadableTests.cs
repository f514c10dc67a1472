using TiupDmNet.Cli.Output;

namespace TiupDmNet.Cli.Tests.Output;

public sealed class ReadableTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1_500, "1.5 kB")]
    [InlineData(142_300_000, "142.3 MB")]
    [InlineData(1_230_000_000, "1.23 GB")]
    public void Sizes_are_in_powers_of_ten(long bytes, string text) => Assert.Equal(text, Readable.Size(bytes));

    [Theory]
    [InlineData("dispaly", "display")]
    [InlineData("disply", "display")]
    [InlineData("lits", "list")]
    [InlineData("display", null)]
    [InlineData("dm-test", null)]
    [InlineData("x", null)]
    public void A_suggestion_is_near_or_there_is_none(string word, string? meant) => Assert.Equal(meant, Suggestion.For(word, ["display", "list", "plan", "patch"]));

    [Fact]
    public void A_table_has_no_blanks_at_the_ends_of_lines()
    {
        var table = new TextTable("A", "Longer", "C");
        table.Add("wide cell", "x", "");
        table.Add("y", "", "");

        Assert.Equal("A          Longer  C\n-          ------  -\nwide cell  x\ny\n", table.Render());
    }
}
