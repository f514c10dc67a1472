using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Commands;

/// <summary>Prepare, show, ask, execute, report.</summary>
internal sealed class PatchCommand(App app, Globals globals, PatchRequest request)
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "patch",
            "Replace the binaries of a running cluster, one node at a time",
            """
            dotnet dm-patch patch dm-test dm-worker-hotfix-linux-amd64.tar.gz -R dm-worker --overwrite
            dotnet dm-patch patch dm-test ./dm-worker -N 10.0.1.21:8262,10.0.1.22:8262 -y
            """);
        AddTo(command, app, globals);
        return command;
    }

    public static void AddTo(Command command, App app, GlobalOptions globals)
    {
        var arguments = new PatchArguments();
        arguments.AddTo(command, app);
        command.SetAction((parsed, _) => new PatchCommand(app, globals.Read(parsed), arguments.Read(parsed, app)).RunAsync());
    }

    public async Task<int> RunAsync()
    {
        Confirmation.Require(app.Terminal, globals.Yes);
        var context = app.Rollout(globals);
        context.Clusters.Open(request.Cluster);

        await using var audit = new AuditTrail(app.BeginAudit());
        var code = ExitCode.Failed;
        try
        {
            await using var progress = RunProgress.Begin(app, globals);
            await using var session = await app.Prepare(context, request, planOnly: false, new Listeners(audit, progress), app.Interrupts.Stop);
            code = await ExecuteAsync(session, progress);
        }
        catch (Exception e)
        {
            code = ExitCode.Of(e, app.HasBegun);
            await audit.NoteFailureAsync(e);
            throw;
        }
        finally
        {
            await audit.NoteEndAsync(code);
        }

        return code;
    }

    private async Task<int> ExecuteAsync(IRolloutSession session, RunProgress progress)
    {
        if (!session.Plan.IsNothingToDo)
        {
            progress.Planned(session.Plan);
            await Confirmation.AskAsync(app.Terminal, globals.Yes, app.Interrupts.Stop);
        }

        app.Interrupts.Announce = progress.Interrupted;
        progress.Starting();
        app.HasBegun = true;
        var outcome = await session.ExecuteAsync(app.Interrupts.Stop, app.Interrupts.Abort);
        await progress.EndAsync(outcome);
        return ExitCode.Of(outcome.Result);
    }
}
