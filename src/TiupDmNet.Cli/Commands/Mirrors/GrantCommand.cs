using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Progress;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>A new owner, who may publish components.</summary>
internal static class GrantCommand
{
    public static Command Create(App app)
    {
        var command = new DocumentedCommand("grant", "Let a new owner publish, with a new key", "dotnet dm-patch mirror grant dba --name \"Our DBAs\"");
        var id = OptionTypes.Word("id", "Id of the owner");
        var name = OptionTypes.Text("--name", "name", "Name of the owner [default: the id]", "-n");
        var place = new MirrorPlace(app);
        command.Arguments.Add(id);
        command.Options.Add(name);
        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var owner = parsed.GetRequiredValue(id);
            using var publisher = await place.OpenAsync(parsed, cancellation);
            await using var audit = new AuditTrail(app.BeginAudit());
            var key = await publisher.GrantAsync(owner, parsed.GetValue(name) ?? owner, cancellation);
            await audit.NoteEndAsync(ExitCode.Done);
            app.Terminal.Say($"{key.OwnerId} may publish with the key {key.KeyId}");
            app.Terminal.Write(key.KeyFile + "\n");
            return ExitCode.Done;
        });
        return command;
    }
}
