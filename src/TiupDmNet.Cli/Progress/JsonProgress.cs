using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Output;
using TiupDmNet.Rollout;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Progress;

/// <summary>One JSON object for each event; the plan is one as well, and the last one says how the run ended.</summary>
internal sealed class JsonProgress(Terminal terminal, TimeProvider time) : RunProgress
{
    public override void Planned(PatchPlan plan) => terminal.Write(Json.Line(new JObject
    {
        ["time"] = EventJson.Write(new Notice("") { At = time.GetUtcNow() })["time"],
        ["event"] = "planned",
        ["plan"] = PlanJson.Of(plan),
    }));

    public override Task EndAsync(PatchOutcome outcome) => Task.CompletedTask;

    protected override void Show(RolloutEvent happened) => terminal.Write(Json.Line(EventJson.Write(happened)));

    protected override void Talk(string line) => terminal.Say(line);
}
