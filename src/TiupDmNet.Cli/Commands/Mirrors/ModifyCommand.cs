using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>What is said of a component, in a mirror's directory or through a tiup-server. (pingcap/tiup cmd/mirror.go:261)</summary>
internal static class ModifyCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "modify",
            "Change what the mirror says of a component: its description, its owner, and whether it is listed; its versions stay as they are",
            """
            dotnet dm-patch mirror modify dm-worker --desc "The worker of Data Migration" --mirror ./my-mirror
            dotnet dm-patch mirror modify dm-worker --owner support --mirror ./my-mirror
            dotnet dm-patch mirror modify dm-tool --hide=false --standalone --mirror http://mirror:8989 --key-dir ~/keys
            """);
        var component = OptionTypes.Word("component", "Id of the component");
        var description = OptionTypes.Text("--desc", "text", "Description of the component");
        var owner = OptionTypes.Text("--owner", "id", "Give it to another owner of the mirror, whose key must be here");
        var standalone = OptionTypes.Flag("--standalone", "It runs by itself; =false takes that back");
        var hide = OptionTypes.Flag("--hide", "It is left out of lists; =false takes that back");
        var place = new MirrorPlace(app, throughServer: true);
        command.Arguments.Add(component);
        foreach (var option in (Option[])[description, owner, standalone, hide])
        {
            command.Options.Add(option);
        }

        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var modification = new Modification
            {
                Component = parsed.GetRequiredValue(component),
                Description = parsed.GetValue(description),
                Owner = parsed.GetValue(owner),
                Standalone = Given(parsed, standalone),
                Hidden = Given(parsed, hide),
            };
            if (modification is { Description: null, Owner: null, Standalone: null, Hidden: null })
            {
                throw new UsageException("say what to change, with --desc, --owner, --standalone or --hide");
            }

            using var publisher = await place.OpenForVersionsAsync(parsed, cancellation);
            await using var audit = new AuditTrail(app.BeginAudit());
            var changed = await publisher.ModifyAsync(modification, cancellation);
            await audit.NoteEndAsync(ExitCode.Done);
            app.Terminal.Say($"changed {changed.Id}: {Line(changed, modification)}");
            if (globals.Read(parsed).Json)
            {
                app.Terminal.Write(Json.Document(Document(changed, modification, publisher.Address)));
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Null where it was not given: then it stays as it is.</summary>
    private static bool? Given(ParseResult parsed, Option<bool> flag) => parsed.GetResult(flag) is { Implicit: false } ? parsed.GetValue(flag) : null;

    private static string Line(ComponentSummary component, Modification modification) => string.Join(
        ", ",
        [
            component.Hidden ? "hidden" : "listed",
            .. modification.Owner is { } owner ? [$"owned by {owner}"] : Array.Empty<string>(),
            .. component.Standalone ? ["standalone"] : Array.Empty<string>(),
            .. component.Yanked ? ["withdrawn"] : Array.Empty<string>(),
            .. modification.Description is { } text ? [$"described as \"{text}\""] : Array.Empty<string>(),
        ]);

    private static JObject Document(ComponentSummary component, Modification modification, string mirror)
    {
        var document = new JObject
        {
            ["mirror"] = mirror,
            ["component"] = component.Id,
            ["owner"] = component.Owner,
            ["hidden"] = component.Hidden,
            ["standalone"] = component.Standalone,
            ["yanked"] = component.Yanked,
        };
        if (modification.Description is { } description)
        {
            document["description"] = description;
        }

        return document;
    }
}
