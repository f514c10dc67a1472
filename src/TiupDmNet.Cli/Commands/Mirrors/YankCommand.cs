using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary><c>yank</c> and <c>unyank</c>, in a mirror's directory or through a tiup-server.</summary>
internal static class YankCommand
{
    public static Command Yank(App app, GlobalOptions globals) =>
        Create(app, globals, "yank", "Withdraw a version, or a whole component: nobody installs it anew", yanked: true);

    public static Command Unyank(App app, GlobalOptions globals) =>
        Create(app, globals, "unyank", "Take back that a version or component was withdrawn", yanked: false);

    private static DocumentedCommand Create(App app, GlobalOptions globals, string name, string description, bool yanked)
    {
        var command = new DocumentedCommand(
            name,
            description,
            $"""
            dotnet dm-patch mirror {name} dm-worker v8.5.0-hotfix.1 --mirror ./my-mirror
            dotnet dm-patch mirror {name} dm-worker v8.5.0-hotfix.1 --mirror http://mirror:8989 --key-dir ~/keys
            """);
        var component = OptionTypes.Word("component", "Id of the component");
        var version = OptionTypes.OptionalWord("version", "On all its platforms [default: the component as a whole]");
        var place = new MirrorPlace(app, throughServer: true);
        command.Arguments.Add(component);
        command.Arguments.Add(version);
        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var (id, which) = (parsed.GetRequiredValue(component), parsed.GetValue(version));
            using var publisher = await place.OpenForVersionsAsync(parsed, cancellation);
            await using var audit = new AuditTrail(app.BeginAudit());
            await publisher.YankAsync(id, which, yanked, cancellation);
            await audit.NoteEndAsync(ExitCode.Done);
            app.Terminal.Say($"{$"{id} {which}".TrimEnd()} {(yanked ? "was withdrawn" : "may be installed again")}");
            if (globals.Read(parsed).Json)
            {
                app.Terminal.Write(Json.Document(new JObject { ["mirror"] = publisher.Address, ["component"] = id, ["version"] = which, ["yanked"] = yanked }));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
