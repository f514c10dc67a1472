using System.CommandLine;
using System.Globalization;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Progress;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>Upkeep of a mirror of one's own: <c>yank</c>, <c>unyank</c>, <c>refresh</c>.</summary>
internal static class MirrorUpkeep
{
    public static Command Yank(App app) => Yanking(app, "yank", "Withdraw a version, or a whole component: nobody installs it anew", yanked: true);

    public static Command Unyank(App app) => Yanking(app, "unyank", "Take back that a version or component was withdrawn", yanked: false);

    public static Command Refresh(App app)
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
                app.Terminal.SayWarning(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{manifest.Name} is good only until {manifest.Expires.UtcDateTime:yyyy-MM-dd HH:mm}Z and was not lengthened: {(manifest.Name == "root" ? "`mirror rotate` makes the next one" : "its keys are not here")}"));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static DocumentedCommand Yanking(App app, string name, string description, bool yanked)
    {
        var command = new DocumentedCommand(name, description, $"dotnet dm-patch mirror {name} dm-worker v8.5.0-hotfix.1 --mirror ./my-mirror");
        var component = OptionTypes.Word("component", "Id of the component");
        var version = OptionTypes.OptionalWord("version", "On all its platforms [default: the component as a whole]");
        var place = new MirrorPlace(app);
        command.Arguments.Add(component);
        command.Arguments.Add(version);
        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var (id, which) = (parsed.GetRequiredValue(component), parsed.GetValue(version));
            using var publisher = await place.OpenAsync(parsed, cancellation);
            await using var audit = new AuditTrail(app.BeginAudit());
            await publisher.YankAsync(id, which, yanked, cancellation);
            await audit.NoteEndAsync(ExitCode.Done);
            app.Terminal.Say($"{$"{id} {which}".TrimEnd()} {(yanked ? "was withdrawn" : "may be installed again")}");
            return ExitCode.Done;
        });
        return command;
    }
}
