using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>Keeps a mirror good: made for cron, beside <c>mirror status</c>.</summary>
internal static class RefreshCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "refresh",
            "Sign the mirror's snapshot and timestamp anew, and lengthen what expires soon; for cron",
            "dotnet dm-patch mirror refresh --mirror ./my-mirror");
        var days = OptionTypes.Count("--within-days", 60, "Lengthen the index and the components that expire within so many days");
        var place = new MirrorPlace(app);
        command.Options.Add(days);
        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var publisher = await place.OpenAsync(parsed, cancellation);
            await using var audit = new AuditTrail(app.BeginAudit());
            var left = await publisher.RefreshAsync(TimeSpan.FromDays(parsed.GetValue(days)), cancellation);
            await audit.NoteEndAsync(ExitCode.Done);
            app.Terminal.Say("refreshed");
            foreach (var manifest in left)
            {
                app.Terminal.SayWarning(
                    $"{manifest.Name} is good only until {Readable.Moment(manifest.Expires)} and was not lengthened: {(manifest.Name == "root" ? "`mirror rotate` makes the next one" : "its keys are not here")}");
            }

            if (globals.Read(parsed).Json)
            {
                app.Terminal.Write(Json.Document(new JObject
                {
                    ["mirror"] = publisher.Address,
                    ["notLengthened"] = new JArray(left.Select(manifest => new JObject { ["name"] = manifest.Name, ["expires"] = manifest.Expires.UtcDateTime })),
                }));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
