using System.Threading.Channels;
using Spectre.Console;
using Spectre.Console.Rendering;
using TiupDmNet.Cli.Output;
using TiupDmNet.Rollout;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Progress;

/// <summary>For terminals: the log scrolls by, and below it stands what is going on at this moment.</summary>
internal sealed class LiveProgress(Terminal terminal, TimeProvider time) : RunProgress
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly Channel<Action<IAnsiConsole>> _lines = Channel.CreateUnbounded<Action<IAnsiConsole>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly LiveState _state = new(time);
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(terminal.Error),
        Ansi = AnsiSupport.Yes,
        Interactive = InteractionSupport.Yes,
        ColorSystem = ColorSystemSupport.Standard,
    });
    private Task? _drawing;

    public override void Planned(PatchPlan plan)
    {
        _state.Plan(plan);
        terminal.WriteError("\n" + PlanText.Of(plan) + "\n");
    }

    public override void Starting() => _drawing = DrawAsync();

    public override async Task EndAsync(PatchOutcome outcome)
    {
        await DisposeAsync();
        TextProgress.Report(terminal, outcome);
    }

    public override async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        if (_drawing is { } drawing)
        {
            _drawing = null;
            await drawing;
        }

        await base.DisposeAsync();
    }

    protected override void Show(RolloutEvent happened)
    {
        _state.Note(happened);
        if (!happened.IsTransient && happened is not RunFinished)
        {
            Put(console => console.Write(new LogLine(happened, time.LocalTimeZone)));
        }
    }

    protected override void Talk(string line) => Put(console => console.Write(new LogLine(line, new Style(Color.Yellow))));

    private void Put(Action<IAnsiConsole> write)
    {
        if (_drawing is null || !_lines.Writer.TryWrite(write))
        {
            Quietly(() => write(_console));
        }
    }

    private async Task DrawAsync()
    {
        try
        {
            await _console.Live(Footer()).AutoClear(true).StartAsync(async live =>
            {
                while (await AnythingAsync())
                {
                    while (_lines.Reader.TryRead(out var write))
                    {
                        write(_console);
                    }

                    live.UpdateTarget(Footer());
                }
            });
        }
        catch (IOException)
        {
            // The terminal is gone; the run goes on, and the audit file has it all.
            _lines.Writer.TryComplete();
        }
    }

    /// <summary>True for lines and for ticks, false when all is said.</summary>
    private async Task<bool> AnythingAsync()
    {
        try
        {
            return await _lines.Reader.WaitToReadAsync().AsTask().WaitAsync(Tick, time);
        }
        catch (TimeoutException)
        {
            return true;
        }
    }

    private IRenderable Footer() => _state.Render(Math.Max(4, _console.Profile.Height / 2), _console.Profile.Width);

    private static void Quietly(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
        }
    }
}
