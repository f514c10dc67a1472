using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>What the mirror has: components, or the versions of one.</summary>
internal static class ListCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "list",
            "Show the components of the mirror, or the versions of one",
            """
            dotnet dm-patch mirror list
            dotnet dm-patch mirror list dm-worker --all
            """);
        var component = OptionTypes.OptionalWord("component", "Show its versions");
        var all = OptionTypes.Flag("--all", "Hidden and withdrawn ones too");
        command.Arguments.Add(component);
        command.Options.Add(all);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var mirror = app.Mirror();
            var (everything, json) = (parsed.GetValue(all), globals.Read(parsed).Json);
            app.Terminal.Write(parsed.GetValue(component) is { } id
                ? Versions(await mirror.GetComponentAsync(id, cancellation), everything, json)
                : Components(await mirror.ListComponentsAsync(cancellation), everything, json));
            return ExitCode.Done;
        });
        return command;
    }

    private static string Components(IReadOnlyList<ComponentSummary> components, bool all, bool json)
    {
        var shown = components.Where(component => all || !(component.Hidden || component.Yanked)).ToList();
        if (json)
        {
            return Json.Document(new JObject
            {
                ["components"] = new JArray(shown.Select(component => new JObject
                {
                    ["id"] = component.Id,
                    ["owner"] = component.Owner,
                    ["hidden"] = component.Hidden,
                    ["standalone"] = component.Standalone,
                    ["yanked"] = component.Yanked,
                })),
            });
        }

        var table = new TextTable("Name", "Owner", "Note");
        foreach (var component in shown)
        {
            table.Add(component.Id, component.Owner, component.Yanked ? "withdrawn" : component.Hidden ? "hidden" : "");
        }

        return table.Render();
    }

    private static string Versions(ComponentManifest component, bool all, bool json)
    {
        var shown = component.Items
            .Where(item => all || !item.Yanked)
            .GroupBy(item => item.Version)
            .OrderBy(version => version.Key)
            .ToList();
        if (json)
        {
            return Json.Document(new JObject
            {
                ["id"] = component.Id,
                ["description"] = component.Description,
                ["nightly"] = component.Nightly,
                ["versions"] = new JArray(shown.SelectMany(version => version).Select(Item)),
            });
        }

        var table = new TextTable("Version", "Released", "Platforms", "Note");
        foreach (var version in shown)
        {
            var platforms = string.Join(',', version.Select(item => item.Platform.ToString()).Order(StringComparer.Ordinal));
            var notes = version.Any(item => item.Yanked) ? "withdrawn" : version.Key.Text == component.Nightly ? "nightly" : "";
            table.Add(version.Key.Text, version.First().Released, platforms, notes);
        }

        return table.Render();
    }

    private static JObject Item(VersionItem item) => new()
    {
        ["version"] = item.Version.Text,
        ["platform"] = item.Platform.ToString(),
        ["released"] = item.Released,
        ["yanked"] = item.Yanked,
        ["file"] = item.FileName,
        ["entry"] = item.Entry,
        ["sha256"] = item.Sha256,
        ["length"] = item.Length,
    };
}
