using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Rollout.Display;

namespace TiupDmNet.Cli.Commands;

/// <summary>TiUP's display (pingcap/tiup components/dm/command/display.go). Its exit code says nothing about the health of nodes.</summary>
internal static class DisplayCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "display",
            "Show the nodes of a cluster and their status",
            """
            dotnet dm-patch display dm-test
            dotnet dm-patch display dm-test -R dm-worker --builds
            dotnet dm-patch display dm-test --format json | jq -r '.instances[] | select(.status == "Down").id'
            """);
        var cluster = OptionTypes.Word("cluster", "Name of the cluster, as in `list`");
        cluster.CompletionSources.Add(_ => Completions.Clusters(app));
        var nodes = new NodeOptions();
        var version = OptionTypes.Flag("--version", "Only print the version of the cluster");
        var uptime = OptionTypes.Flag("--uptime", "Ask the hosts since when the processes run");
        var builds = OptionTypes.Flag("--builds", "Ask the hosts for the builds on disk and in memory (the first 12 digits of their SHA-256)");
        var timeout = OptionTypes.Seconds("--status-timeout", 10, "How long nodes and hosts may take to answer");
        command.Arguments.Add(cluster);
        nodes.AddTo(command);
        foreach (var option in (Option[])[version, uptime, builds, timeout])
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            var values = globals.Read(parsed);
            var name = parsed.GetRequiredValue(cluster);
            if (parsed.GetValue(version))
            {
                app.Terminal.Write(app.Clusters.Open(name).Topology.Version + "\n");
                return ExitCode.Done;
            }

            var request = new ReportRequest
            {
                Cluster = name,
                Nodes = nodes.Nodes(parsed),
                Roles = nodes.Roles(parsed),
                StatusTimeout = TimeSpan.FromSeconds(parsed.GetValue(timeout)),
                Uptime = parsed.GetValue(uptime),
                Builds = parsed.GetValue(builds),
            };
            var report = await new ClusterReporter(app.Rollout(values)).ReportAsync(request, cancellation);
            app.Terminal.Write(values.Json ? DisplayJson.Of(report, request) : new DisplayText(request, app.Terminal.HasColour).Of(report));
            SayReasons(app.Terminal, report);
            return ExitCode.Done;
        });
        return command;
    }

    private static void SayReasons(Terminal terminal, ClusterReport report)
    {
        // One cause, such as a certificate that is missing, is told once.
        foreach (var reason in report.Nodes.Where(node => node.Detail.Length > 0).GroupBy(node => (node.Status, node.Detail)))
        {
            terminal.Say($"{reason.Key.Status}: {string.Join(", ", reason.Select(node => node.Node.Id))}: {reason.Key.Detail}");
        }

        foreach (var remark in report.Remarks)
        {
            terminal.SayWarning(remark);
        }
    }
}
