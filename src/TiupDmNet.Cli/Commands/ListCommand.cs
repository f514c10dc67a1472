using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Clusters;

namespace TiupDmNet.Cli.Commands;

/// <summary>The clusters of this TIUP_HOME (pingcap/tiup pkg/cluster/manager/list.go).</summary>
internal static class ListCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "list",
            "Show the clusters that TiUP manages on this machine",
            """
            dotnet dm-patch list
            dotnet dm-patch list --format json | jq -r '.clusters[].name'
            """);
        command.SetAction((parsed, _) =>
        {
            var clusters = app.Clusters.List(out var unreadable);
            app.Terminal.Write(globals.Read(parsed).Json ? Json.Line(Document(clusters)) : Text(clusters));
            foreach (var failure in unreadable)
            {
                app.Terminal.SayWarning(failure.Message);
            }

            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static string Text(IReadOnlyList<ClusterSummary> clusters)
    {
        var table = new TextTable("Name", "User", "Version", "Path", "PrivateKey");
        foreach (var cluster in clusters)
        {
            table.Add(cluster.Name, cluster.User, cluster.Version, cluster.Path, cluster.PrivateKey);
        }

        return table.Render();
    }

    private static JObject Document(IReadOnlyList<ClusterSummary> clusters) => new()
    {
        ["clusters"] = new JArray(clusters.Select(cluster => new JObject
        {
            ["name"] = cluster.Name,
            ["user"] = cluster.User,
            ["version"] = cluster.Version,
            ["path"] = cluster.Path,
            ["private_key"] = cluster.PrivateKey,
        })),
    };
}
