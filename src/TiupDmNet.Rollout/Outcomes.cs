using TiupDmNet.Packages;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Rollout;

/// <summary>How runs end, in words that say what every node has and what to do next.</summary>
internal static class Outcomes
{
    public static PatchOutcome NothingToDo(PatchPlan plan) => new(
        PatchResult.NothingToDo,
        $"nothing to do: {Count(plan.Nodes.Count, plan.Component)} of {plan.Cluster} already {(plan.Nodes.Count == 1 ? "has" : "have")} this build ({plan.Package.Executable.Sha256[..12]})",
        plan.Nodes.Select(node => new NodeOutcome(node.Node.Id, NodeResult.New, "had the new build already")).ToList());

    public static PatchOutcome Done(PatchPlan plan, BuildInfo? build, IReadOnlyList<NodeOutcome> nodes)
    {
        var what = build is null ? plan.Package.Executable.Sha256[..12] : $"{build.ReleaseVersion} {build.GitCommit[..Math.Min(12, build.GitCommit.Length)]}".TrimEnd();
        return new PatchOutcome(
            PatchResult.Done,
            plan.Offline
                ? $"replaced the files of {Count(nodes.Count, plan.Component)} of {plan.Cluster} ({what}); the services are stopped and not verified until they start"
                : $"patched {Count(nodes.Count, plan.Component)} of {plan.Cluster} ({what})",
            nodes);
    }

    public static PatchOutcome Interrupted(PatchRequest request, IReadOnlyList<NodeOutcome> nodes) =>
        new(PatchResult.Interrupted, $"interrupted. {State(nodes)} To continue: {Resume(request)}", nodes);

    public static PatchOutcome Failed(PatchRequest request, string reason, IReadOnlyList<NodeOutcome> nodes, bool changed) => changed
        ? new PatchOutcome(PatchResult.Failed, $"{reason}\n{State(nodes)} When that is mended, continue with: {Resume(request)}", nodes)
        : new PatchOutcome(PatchResult.Refused, $"{reason}\nNo node was changed.", nodes);

    public static PatchOutcome RolledBack(PatchRequest request, string node, string reason, IReadOnlyList<NodeOutcome> nodes, bool changed) => changed
        ? new PatchOutcome(PatchResult.Failed, $"{node} failed and has its old files back: {reason}\n{State(nodes)} When that is mended, continue with: {Resume(request)}", nodes)
        : new PatchOutcome(PatchResult.RolledBack, $"{node} failed and was rolled back, it is healthy again: {reason}\nNo other node was touched.", nodes);

    private static string State(IReadOnlyList<NodeOutcome> nodes) => string.Join(' ', new[]
    {
        Listed("New build:", nodes, NodeResult.New),
        Listed("Old build:", nodes, NodeResult.Old),
        Listed("Broken:", nodes, NodeResult.Broken),
    }.Where(part => part.Length > 0));

    private static string Listed(string label, IReadOnlyList<NodeOutcome> nodes, NodeResult result)
    {
        var ids = nodes.Where(node => node.Result == result).Select(node => node.NodeId).ToList();
        return ids.Count == 0 ? "" : $"{label} {string.Join(", ", ids)}.";
    }

    private static string Resume(PatchRequest request) => string.Join(' ', request.CommandLine);

    private static string Count(int count, string component) => count == 1 ? $"1 {component} node" : $"{count} {component} nodes";
}
