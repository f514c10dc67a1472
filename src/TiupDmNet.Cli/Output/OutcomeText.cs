using TiupDmNet.Rollout;

namespace TiupDmNet.Cli.Output;

/// <summary>What every node has at the end of a run.</summary>
internal static class OutcomeText
{
    public static string Of(PatchOutcome outcome)
    {
        var table = new TextTable("Node", "Build", "What happened");
        foreach (var node in outcome.Nodes)
        {
            table.Add(node.NodeId, Word(node.Result), node.Detail);
        }

        return outcome.Nodes.Count == 0 ? "" : table.Render();
    }

    public static bool IsFailure(PatchOutcome outcome) => outcome.Result is not (PatchResult.Done or PatchResult.NothingToDo);

    private static string Word(NodeResult result) => result switch
    {
        NodeResult.New => "new",
        NodeResult.Old => "old",
        _ => "BROKEN",
    };
}
