using System.Globalization;
using System.Text;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Output;

/// <summary>A plan for the person who is about to say yes to it.</summary>
internal static class PlanText
{
    public static string Of(PatchPlan plan)
    {
        var text = new StringBuilder();
        var executable = plan.Package.Executable;
        text.Append(CultureInfo.InvariantCulture, $"Cluster:    {plan.Cluster} ({plan.ClusterVersion})\n");
        text.Append(CultureInfo.InvariantCulture, $"Package:    {plan.GivenPackage} ({Readable.Size(plan.Package.Size)})\n");
        text.Append(CultureInfo.InvariantCulture, $"New build:  {plan.Component} {Readable.Short(executable.Sha256)}, {executable.Architecture}\n");
        text.Append(CultureInfo.InvariantCulture, $"Mode:       {Mode(plan)}\n\n");
        text.Append(Nodes(plan));
        foreach (var warning in plan.Warnings)
        {
            text.Append("Warning: ").Append(warning).Append('\n');
        }

        if (plan.IsNothingToDo)
        {
            text.Append("Nothing to do: every node has this build already.\n");
        }

        return text.ToString();
    }

    public static string Describe(NodeAction action) => action switch
    {
        NodeAction.Patch => "restart with the new build",
        NodeAction.PatchStopped => "replace files, leave stopped",
        NodeAction.Finish => "finish an interrupted patch",
        NodeAction.MarkOnly => "mark as patched",
        _ => "nothing, has the build",
    };

    private static string Mode(PatchPlan plan) =>
        (plan.Offline ? "offline: the nodes are stopped and stay so" : "one node at a time, each healthy before the next")
        + (plan.Overwrite ? "; later scale-outs will install this package" : "");

    private static string Nodes(PatchPlan plan)
    {
        var table = new TextTable("#", "Node", "Build", "Action", "Interrupts");
        for (var i = 0; i < plan.Nodes.Count; i++)
        {
            var node = plan.Nodes[i];
            var label = node.Node.Id + (node.IsLeader ? " (leader)" : "");
            var interrupts = node.Interrupts.Count == 0 ? [node.Action is NodeAction.Patch or NodeAction.Finish ? "nothing" : "-"] : node.Interrupts;
            table.Add((i + 1).ToString(CultureInfo.InvariantCulture), label, Builds(plan, node), Describe(node.Action), interrupts[0]);
            foreach (var more in interrupts.Skip(1))
            {
                table.Add("", "", "", "", more);
            }
        }

        return table.Render();
    }

    private static string Builds(PatchPlan plan, PlannedNode node)
    {
        var old = Readable.Hash(node.BeforeSha256) + (node.Before is { ReleaseVersion.Length: > 0 } before ? $" ({before.ReleaseVersion})" : "");
        return node.Action is NodeAction.None or NodeAction.MarkOnly ? old : $"{old} -> {Readable.Short(plan.Package.Executable.Sha256)}";
    }
}
