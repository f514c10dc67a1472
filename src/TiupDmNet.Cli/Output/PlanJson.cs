using Newtonsoft.Json.Linq;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Output;

internal static class PlanJson
{
    public static JObject Of(PatchPlan plan) => new()
    {
        ["cluster"] = plan.Cluster,
        ["clusterVersion"] = plan.ClusterVersion,
        ["component"] = plan.Component,
        ["package"] = plan.GivenPackage,
        ["packageSha256"] = plan.Package.Sha256,
        ["executableSha256"] = plan.Package.Executable.Sha256,
        ["architecture"] = plan.Package.Executable.Architecture,
        ["offline"] = plan.Offline,
        ["overwrite"] = plan.Overwrite,
        ["nothingToDo"] = plan.IsNothingToDo,
        ["warnings"] = new JArray(plan.Warnings),
        ["nodes"] = new JArray(plan.Nodes.Select(Node)),
    };

    private static JObject Node(PlannedNode node) => new()
    {
        ["node"] = node.Node.Id,
        ["component"] = node.Node.Component,
        ["host"] = node.Node.ManageHost,
        ["action"] = char.ToLowerInvariant($"{node.Action}"[0]) + $"{node.Action}"[1..],
        ["leader"] = node.IsLeader,
        ["patched"] = node.Node.Patched,
        ["beforeSha256"] = node.BeforeSha256,
        ["before"] = node.Before is { } build ? Build(build) : null,
        ["interrupts"] = new JArray(node.Interrupts),
    };

    private static JObject Build(BuildInfo build) => new()
    {
        ["releaseVersion"] = build.ReleaseVersion,
        ["gitCommit"] = build.GitCommit,
        ["gitBranch"] = build.GitBranch,
        ["buildTime"] = build.BuildTime,
        ["goVersion"] = build.GoVersion,
    };
}
