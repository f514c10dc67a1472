using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Mirror;
using TiupDmNet.Mirror.Publishing.Cloning;
using TiupDmNet.Mirror.Publishing.Intake;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>A part of a mirror, as a mirror of one's own: for sites that cannot reach the first.</summary>
internal static class CloneCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "clone",
            "Copy what a DM cluster needs from a mirror into a mirror of your own; again, to bring it up to date",
            """
            dotnet dm-patch mirror clone ./dm-mirror v8.5.0 --os linux --arch amd64
            dotnet dm-patch mirror clone ./dm-mirror --component dm-worker=v8.5.0,v8.5.1 --component alertmanager
            dotnet dm-patch mirror clone ./dm-mirror v8.5 --prefix --from https://tiup-mirrors.pingcap.com/
            """);
        var options = new CloneOptions();
        var keys = new KeyOptions();
        var place = new IntakePlace();
        options.AddTo(command);
        keys.AddTo(command);
        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var (request, directory, read) = (options.Request(parsed), options.Directory(parsed), globals.Read(parsed));
            place.RequireConfirmation(app, parsed, read);
            using var source = new MirrorClient(options.Source(app, parsed), app.Time);
            var cloner = new MirrorCloner(source, directory, keys.Directory(parsed), app.Time, keys.Served(parsed));
            var plan = await cloner.PlanAsync(request, cancellation);
            app.Terminal.Say($"{(plan.IsNew ? "a new clone" : "the clone")} {plan.Directory} of {plan.Source}: {IntakeView.Summary(plan.Packages, plan.Changes, plan.MissingBytes)}");
            foreach (var note in plan.Notes)
            {
                app.Terminal.SayWarning(note);
            }

            var result = await place.RunAsync(
                app, parsed, read, plan.Packages, plan.Changes, (jobs, progress) => cloner.RunAsync(plan, jobs, progress, cancellation), cancellation);
            if (read.Json)
            {
                app.Terminal.Write(Document(plan, result));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static string Document(ClonePlan plan, IntakeResult? result) => Json.Document(new JObject
    {
        ["mirror"] = plan.Directory,
        ["source"] = plan.Source,
        ["done"] = result is not null,
        ["published"] = result?.Changed ?? false,
        ["freshUntil"] = result?.FreshUntil.UtcDateTime,
        ["bytesToFetch"] = result is null ? plan.MissingBytes : 0,
        ["packages"] = IntakeView.Packages(plan.Packages, result),
        ["changes"] = IntakeView.Changes(plan.Changes),
        ["notes"] = new JArray(plan.Notes),
    });
}
