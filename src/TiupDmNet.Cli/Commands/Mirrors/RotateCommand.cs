using System.CommandLine;
using System.Globalization;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Mirror;
using TiupDmNet.Mirror.Publishing.Roots;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>The next root of a mirror.</summary>
internal static class RotateCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "rotate",
            "Make the next root of the mirror, good for another year, with the same keys or with others; clients take it over by themselves",
            """
            dotnet dm-patch mirror rotate --mirror ./my-mirror
            dotnet dm-patch mirror rotate --mirror ./my-mirror --new-keys snapshot
            dotnet dm-patch mirror rotate --mirror ./my-mirror --add-key root=1f0c8e6a5b3d2974-public.json --remove-key 9d3c0b7a --draft next-root.json
            dotnet dm-patch mirror rotate --mirror ./my-mirror --adopt next-root.json
            """);
        var options = new RootOptions();
        var draft = OptionTypes.Text("--draft", "file", "Write it to a file for others to sign (`mirror sign`), and leave the mirror as it is");
        var adopt = OptionTypes.Text("--adopt", "file", "Take the root that was drafted and signed");
        var place = new MirrorPlace(app);
        options.AddTo(command);
        command.Options.Add(draft);
        command.Options.Add(adopt);
        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var change = options.Read(parsed);
            var (toFile, fromFile) = (parsed.GetValue(draft), parsed.GetValue(adopt));
            if (fromFile is not null && (toFile is not null || options.IsGiven(parsed)))
            {
                throw new UsageException("--adopt takes a root as it was drafted; leave out --draft, --new-keys, --add-key, --remove-key and --threshold");
            }

            using var publisher = await place.OpenAsync(parsed, cancellation);
            await using var audit = new AuditTrail(app.BeginAudit());
            var root = toFile is not null ? await publisher.DraftRootAsync(change, toFile, cancellation)
                : fromFile is not null ? await publisher.AdoptRootAsync(fromFile, cancellation)
                : await publisher.RotateAsync(change, cancellation);
            await audit.NoteEndAsync(ExitCode.Done);
            Say(app.Terminal, root, toFile);
            if (globals.Read(parsed).Json)
            {
                app.Terminal.Write(Json.Document(Document(publisher.Address, root, toFile)));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Say(Terminal terminal, NextRoot root, string? draft)
    {
        terminal.Say(string.Create(
            CultureInfo.InvariantCulture, $"root {root.Version} {(draft is null ? "is" : $"in {draft} would be")} good until {root.Expires.UtcDateTime:yyyy-MM-dd HH:mm}Z"));
        foreach (var role in root.Roles)
        {
            terminal.Say($"  {role.Name}: {role.Threshold} of {string.Join(", ", role.KeyIds.Select(id => id[..16]))}");
        }

        if (draft is not null)
        {
            terminal.Say(root.Missing.Count == 0
                ? $"it is signed; `mirror rotate --adopt {draft}` takes it"
                : $"{string.Join("; ", root.Missing)}; their holders sign with `mirror sign {draft}`");
        }
    }

    private static JObject Document(string mirror, NextRoot root, string? draft) => new()
    {
        ["mirror"] = mirror,
        ["adopted"] = draft is null,
        ["draft"] = draft,
        ["version"] = root.Version,
        ["expires"] = root.Expires.UtcDateTime,
        ["roles"] = new JArray(root.Roles.Select(role => new JObject { ["name"] = role.Name, ["threshold"] = role.Threshold, ["keys"] = new JArray(role.KeyIds) })),
        ["missing"] = new JArray(root.Missing),
    };
}
