using TiupDmNet.Cli.Output;
using TiupDmNet.Rollout;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Progress;

/// <summary>For pipes and files: one line for each event.</summary>
internal sealed class TextProgress(Terminal terminal, TimeProvider time) : RunProgress
{
    private readonly LineProgress _lines = new(terminal, time);

    public override void Planned(PatchPlan plan) => terminal.WriteError(PlanText.Of(plan));

    public override Task EndAsync(PatchOutcome outcome)
    {
        Report(terminal, outcome);
        return Task.CompletedTask;
    }

    /// <summary>The nodes are data; the sentence is one too if all went well, else an error.</summary>
    public static void Report(Terminal terminal, PatchOutcome outcome)
    {
        terminal.Write(OutcomeText.Of(outcome));
        if (OutcomeText.IsFailure(outcome))
        {
            terminal.SayError(outcome.Message);
        }
        else
        {
            terminal.Write(outcome.Message + "\n");
        }
    }

    protected override void Show(RolloutEvent happened) => _lines.Show(happened);

    protected override void Talk(string line) => terminal.Say(line);
}
