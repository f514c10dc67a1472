using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;

namespace TiupDmNet.Cli.Commands;

/// <summary>What <c>patch</c> would do.</summary>
internal static class PlanCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "plan",
            "Check everything and show what `patch` would do, in order; change nothing",
            """
            dotnet dm-patch plan dm-test dm-worker-hotfix-linux-amd64.tar.gz -R dm-worker
            dotnet dm-patch plan dm-test dm-worker-hotfix-linux-amd64.tar.gz --format json | jq '.nodes[].node'
            """);
        var arguments = new PatchArguments();
        arguments.AddTo(command, app);
        command.SetAction(async (parsed, cancellation) =>
        {
            var values = globals.Read(parsed);
            var talk = new LineProgress(app.Terminal, app.Time);
            await using var session = await app.Prepare(app.Rollout(values), arguments.Read(parsed, app), planOnly: true, talk, cancellation);
            app.Terminal.Write(values.Json ? Json.Document(PlanJson.Of(session.Plan)) : PlanText.Of(session.Plan));
            return ExitCode.Done;
        });
        return command;
    }
}
