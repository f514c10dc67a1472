using System.CommandLine;
using System.Text.RegularExpressions;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Commands;
using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Commands;

public sealed partial class HelpTests
{
    public static TheoryData<string> Paths
    {
        get
        {
            using var app = new TestApp();
            var root = DmPatchCommand.Create(new App(null!, null!, []), new GlobalOptions());
            return [.. Below(root, "")];
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Every_command_explains_itself_with_an_example_and_touches_nothing(string path)
    {
        using var app = new TestApp();

        var ran = await app.RunAsync([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal((0, ""), (ran.ExitCode, ran.Error));
        Assert.Contains($"Usage:\n  {("dotnet dm-patch " + path).TrimEnd()} ", ran.Output, StringComparison.Ordinal);
        Assert.Contains("\nExample:\n  ", ran.Output, StringComparison.Ordinal);
        Assert.Contains("dotnet", ran.Output[ran.Output.IndexOf("\nExample:\n", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.False(Directory.Exists(app.Home));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Every_example_is_a_command_line_that_this_tool_understands(string path)
    {
        using var app = new TestApp();
        var help = (await app.RunAsync([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"])).Output;
        var examples = help[(help.IndexOf("\nExample:\n", StringComparison.Ordinal) + 10)..].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            var words = Words(example);
            var parsed = DmPatchCommand.Create(new App(null!, null!, []), new GlobalOptions()).Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
            Assert.Empty(parsed.Errors.Select(error => $"{example}: {error.Message}"));
            Assert.Empty(parsed.UnmatchedTokens.Select(token => $"{example}: {token}"));
        });
        Assert.Contains(examples, example => $"{string.Join(' ', Words(example))} ".StartsWith($"{path} ".TrimStart(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_of_a_command_does_not_speak_of_the_arguments_of_the_root()
    {
        using var app = new TestApp();

        var ran = await app.RunAsync("display", "--help");

        Assert.DoesNotContain("<package>", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        using var app = new TestApp();

        Assert.Equal(new Ran(0, "dotnet-dm-patch 0.1.0\n", ""), await app.RunAsync("--version"));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task There_is_a_completion_script_for_each_shell(string shell)
    {
        using var app = new TestApp();

        var ran = await app.RunAsync("completion", shell);

        Assert.Equal(0, ran.ExitCode);
        Assert.Contains("[suggest:", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clusters_are_completed()
    {
        using var app = new TestApp();
        app.AddCluster("dm-prod");

        var ran = await app.RunAsync("[suggest:24]", "dotnet-dm-patch display ");

        Assert.Contains("dm-prod\n", ran.Output, StringComparison.Ordinal);
    }

    /// <summary>The words that a shell would give to the tool: without its name, quotes, and what is piped into another program.</summary>
    private static string[] Words(string example)
    {
        var line = Tool().Match(example);
        Assert.True(line.Success, $"'{example}' does not run the tool");
        return [.. Word().Matches(line.Groups["arguments"].Value).Select(word => word.Value.Trim('"'))];
    }

    [GeneratedRegex(@"(?<=^|<\()(dotnet dm-patch|dotnet-dm-patch)(?<arguments>[^|)]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex Tool();

    [GeneratedRegex(@"""[^""]*""|\S+")]
    private static partial Regex Word();

    private static IEnumerable<string> Below(Command command, string path)
    {
        yield return path;
        foreach (var sub in command.Subcommands)
        {
            foreach (var below in Below(sub, $"{path} {sub.Name}".TrimStart()))
            {
                yield return below;
            }
        }
    }
}
