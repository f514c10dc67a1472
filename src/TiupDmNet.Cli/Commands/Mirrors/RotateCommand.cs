using System.CommandLine;
using System.Globalization;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Progress;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>The next root of a mirror.</summary>
internal static class RotateCommand
{
    public static Command Create(App app)
    {
        var command = new DocumentedCommand(
            "rotate",
            "Make the next root of the mirror, with the same keys, good for another year; clients take it over by themselves",
            "dotnet dm-patch mirror rotate --mirror ./my-mirror --key-dir ./my-mirror-keys");
        var place = new MirrorPlace(app);
        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var publisher = await place.OpenAsync(parsed, cancellation);
            await using var audit = new AuditTrail(app.BeginAudit());
            var root = await publisher.RotateAsync(cancellation);
            await audit.NoteEndAsync(ExitCode.Done);
            app.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"root {root.Version} is good until {root.Expires.UtcDateTime:yyyy-MM-dd HH:mm}Z"));
            return ExitCode.Done;
        });
        return command;
    }
}
