using DmDouble.Processes;

namespace DmDouble.Tests.Processes;

public class GoFlagsTests
{
    [Theory]
    [InlineData("-name", "a")]
    [InlineData("--name", "a")]
    [InlineData("-name=a")]
    [InlineData("--name=a")]
    public void Reads_one_or_two_dashes_and_a_blank_or_an_equals_sign(params string[] arguments) =>
        Assert.Equal("a", Parse(arguments).Get("name"));

    [Fact]
    public void A_boolean_takes_no_word_after_it()
    {
        Assert.True(Parse("-V").Is("V"));
        Assert.False(Parse("-V=false").Is("V"));
        Assert.Equal("'true' is an invalid flag", Assert.Throws<GoFlagException>(() => Parse("-V", "true")).Message);
    }

    [Fact]
    public void A_value_may_have_an_equals_sign() => Assert.Equal("a=http://b:1", Parse("--name=a=http://b:1").Get("name"));

    private static GoFlags Parse(params string[] arguments) => GoFlags.Parse(arguments, new HashSet<string>(["V"]), new HashSet<string>(["name"]));
}
