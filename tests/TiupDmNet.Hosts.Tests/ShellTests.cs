using System.Text;
using TiupDmNet.Hosts.Tests.Support;

namespace TiupDmNet.Hosts.Tests;

public sealed class ShellTests
{
    private static readonly string[] Awkward =
    [
        "", " ", "'", "''", "\"", "\\", "\\'", "'\\''", "$HOME", "$(exit 1)", "`exit 1`", "!", "!!", "*", "?", "[a-z]", "~", "#", "a b", "a;b", "a&b", "a|b", "a>b",
        "-n", "--", "-e\\n", "a\nb", "\n", "a\n", "\r\n", "\t", "{a,b}", "%s", "\\0", "=", "é", "日本", "𝄞", "'$(touch /tmp/x)'", new('\'', 500),
    ];

    [Theory]
    [InlineData("bash")]
    [InlineData("dash")]
    public async Task A_quoted_value_is_one_word_with_that_value(string shell)
    {
        await AssertKeptAsync(shell, Awkward);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("dash")]
    public async Task Every_byte_but_NUL_is_kept(string shell)
    {
        await AssertKeptAsync(shell, [.. Enumerable.Range(1, 0x7FF).Select(c => ((char)c).ToString()), .. Enumerable.Range(1, 255).Select(c => $"a{(char)c}'b{(char)c}")]);
    }

    [Theory]
    [InlineData("bash", 1)]
    [InlineData("bash", 2)]
    [InlineData("dash", 3)]
    [InlineData("dash", 4)]
    public async Task Random_values_are_kept(string shell, int seed)
    {
        var random = new Random(seed);
        const string Alphabet = "'\"\\$`!*?[]{}()<>|&;#~%=- \n\t\rabc0é☃";
        var values = Enumerable.Range(0, 2000).Select(_ => new string(random.GetItems<char>(Alphabet, random.Next(12)))).ToArray();
        await AssertKeptAsync(shell, values);
    }

    [Fact]
    public void A_NUL_is_refused() =>
        Assert.StartsWith("A shell word cannot hold a NUL.", Assert.Throws<ArgumentException>(() => Shell.Quote("a\0b")).Message, StringComparison.Ordinal);

    private static async Task AssertKeptAsync(string shell, string[] values)
    {
        Assert.SkipUnless(File.Exists($"/bin/{shell}"), $"needs {shell}");
        var script = string.Concat(values.Select(v => $"printf '%s\\0' {Shell.Quote(v)}\n"));
        var output = await Run.ProgramAsync($"/bin/{shell}", ["-s"], Encoding.UTF8.GetBytes(script));
        Assert.Equal(values, Encoding.UTF8.GetString(output).Split('\0')[..^1]);
    }
}
