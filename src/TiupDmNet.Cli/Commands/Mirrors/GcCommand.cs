using System.CommandLine;
using System.Globalization;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Mirror;
using TiupDmNet.Mirror.Publishing.Garbage;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>Old manifests and packages, out of a mirror that has been published to for years.</summary>
internal static class GcCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "gc",
            "Remove what no client can ask for any more: replaced manifests, packages that none of the others name, remains of interrupted runs",
            """
            dotnet dm-patch mirror gc --mirror ./my-mirror --dry-run
            dotnet dm-patch mirror gc --mirror ./my-mirror -y
            """);
        var days = OptionTypes.Count("--older-than-days", 30, "Leave what was still of use within so many days; a client may hold a snapshot of that age");
        var dryRun = OptionTypes.Flag("--dry-run", "Only show what would be removed");
        var place = new MirrorPlace(app);
        command.Options.Add(days);
        command.Options.Add(dryRun);
        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var (read, age, only) = (globals.Read(parsed), TimeSpan.FromDays(parsed.GetValue(days)), parsed.GetValue(dryRun));
            if (!only)
            {
                Confirmation.Require(app.Terminal, read.Yes);
            }

            using var publisher = await place.OpenAsync(parsed, cancellation);
            var found = await publisher.FindGarbageAsync(age, cancellation);
            app.Terminal.Say($"{Readable.Count(found.Count, "file")} of no use in {publisher.Address}, {Readable.Size(found.Sum(file => file.Size))}");
            IReadOnlyList<GarbageFile> gone = [];
            if (only)
            {
                app.Terminal.Write(read.Json ? "" : Table(found));
            }
            else if (found.Count > 0)
            {
                app.Terminal.WriteError(Table(found));
                await Confirmation.AskAsync(app.Terminal, read.Yes, cancellation);
                await using var audit = new AuditTrail(app.BeginAudit());
                gone = await publisher.RemoveGarbageAsync(found, age, cancellation);
                await audit.NoteEndAsync(ExitCode.Done);
                app.Terminal.Say($"removed {Readable.Count(gone.Count, "file")}");
            }

            if (read.Json)
            {
                app.Terminal.Write(Json.Document(Document(publisher.Address, found, gone)));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static string Table(IReadOnlyList<GarbageFile> files)
    {
        if (files.Count == 0)
        {
            return "";
        }

        var table = new TextTable("File", "Size", "Since", "Why");
        foreach (var file in files)
        {
            table.Add(file.Name, Readable.Size(file.Size), file.Since.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), file.Why);
        }

        return table.Render();
    }

    private static JObject Document(string mirror, IReadOnlyList<GarbageFile> found, IReadOnlyList<GarbageFile> gone) => new()
    {
        ["mirror"] = mirror,
        ["bytes"] = found.Sum(file => file.Size),
        ["files"] = new JArray(found.Select(file => new JObject
        {
            ["name"] = file.Name,
            ["size"] = file.Size,
            ["since"] = file.Since.UtcDateTime,
            ["why"] = file.Why,
            ["removed"] = gone.Contains(file),
        })),
    };
}
