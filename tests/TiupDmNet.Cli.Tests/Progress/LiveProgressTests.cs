using Spectre.Console;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Cli.Tests.Support;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Tests.Progress;

public sealed class LiveProgressTests
{
    private const string First = "10.0.1.21:8262";
    private const string Second = "10.0.1.22:8262";

    private readonly LiveState _state = new(TimeProvider.System);

    public LiveProgressTests() => _state.Plan(TestPlan.Of(TestPlan.Node(First), TestPlan.Node(Second), TestPlan.Node("10.0.1.23:8262", NodeAction.None)));

    [Fact]
    public void Shows_every_node_that_has_a_turn()
    {
        _state.Note(new NodeStopped(TimeSpan.FromSeconds(1)) { NodeId = First });

        Assert.Equal($"{First}  stopped (1.0 s)\n{Second}  to come\n", Text(height: 10));
    }

    [Fact]
    public void Shows_what_a_node_is_waited_for()
    {
        _state.Note(new NodeAwaited("source mysql-01 is not bound") { NodeId = First });

        Assert.StartsWith($"{First}  waiting: source mysql-01 is not bound\n", Text(height: 10), StringComparison.Ordinal);
    }

    [Fact]
    public void Shows_a_bar_for_each_upload_until_it_is_there()
    {
        _state.Note(new UploadAdvanced("10.0.1.21", 50_000_000, 150_000_000));
        Assert.StartsWith("10.0.1.21  [##########--------------------] 33% of 150.0 MB, ", Text(height: 10), StringComparison.Ordinal);

        _state.Note(new PackageUploaded("10.0.1.21", "sent"));
        Assert.DoesNotContain("[", Text(height: 10), StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_that_are_done_make_room_for_the_others()
    {
        _state.Note(new NodePatched { NodeId = First });

        Assert.Equal("1 of 2 nodes are done\n", Text(height: 1));
    }

    [Fact]
    public void Long_lines_are_cut_not_wrapped()
    {
        _state.Note(new NodeAwaited(new string('x', 200)) { NodeId = First });

        Assert.Equal(39, Text(height: 10, width: 40).Split('\n')[0].Length);
    }

    [Fact]
    public void A_line_of_the_log_wipes_out_the_rows_that_it_is_written_over()
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 20;

        console.Write(new LogLine("a line that takes more than one row", Style.Plain));

        Assert.Equal("\x1b[2Ka line that takes \n\x1b[2Kmore than one row\n", writer.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task On_a_terminal_the_log_scrolls_and_the_report_comes_last()
    {
        using var app = new TestApp
        {
            IsLive = true,
            Answer = "y",
            Session = new FakeSession
            {
                Events =
                [
                    new UploadAdvanced("10.0.1.21", 1, 2) { At = TestPlan.Noon },
                    new NodeStopped(TimeSpan.FromSeconds(1.2)) { NodeId = First, At = TestPlan.Noon },
                    new NodePatched { NodeId = First, At = TestPlan.Noon },
                ],
            },
        };
        app.AddCluster();

        var ran = await app.RunAsync("dm-test", "p.tar.gz");

        Assert.Equal(0, ran.ExitCode);
        var stopped = ran.Error.IndexOf("stopped (1.2 s)", StringComparison.Ordinal);
        Assert.InRange(stopped, ran.Error.IndexOf("[y/N]", StringComparison.Ordinal), ran.Error.LastIndexOf("patched", StringComparison.Ordinal));
        Assert.EndsWith("patched 2 dm-worker nodes of dm-test\n", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\x1b", ran.Output, StringComparison.Ordinal);
        Assert.EndsWith("\x1b[?25h", ran.Error, StringComparison.Ordinal);
    }

    private string Text(int height, int width = 120)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 200;
        console.Write(_state.Render(height, width));
        return writer.ToString().ReplaceLineEndings("\n");
    }
}
