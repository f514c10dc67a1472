using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>Keeping a mirror of one's own in a directory: <c>init</c>, <c>grant</c>.</summary>
internal static class MirrorKeeping
{
    public static Command Init(App app)
    {
        var command = new DocumentedCommand(
            "init",
            "Make an empty mirror with new keys",
            """
            dotnet dm-patch mirror init ./my-mirror
            dotnet dm-patch mirror set ./my-mirror
            """);
        var directory = OptionTypes.Word("directory", "Must be empty, or not exist");
        var keys = MirrorPlace.KeysOption();
        command.Arguments.Add(directory);
        command.Options.Add(keys);
        command.SetAction(async (parsed, cancellation) =>
        {
            var mirror = parsed.GetRequiredValue(directory);
            var keysDirectory = parsed.GetValue(keys) ?? MirrorPublisher.DefaultKeysDirectory(mirror);
            await using var audit = new AuditTrail(app.BeginAudit());
            using var publisher = await MirrorPublisher.InitAsync(mirror, keysDirectory, app.Time, cancellation);
            app.Terminal.Say($"made {Path.GetFullPath(mirror)}; its keys are in {Path.GetFullPath(keysDirectory)}: whoever has them can publish, so keep them somewhere else and safe");
            await audit.NoteEndAsync(ExitCode.Done);
            return ExitCode.Done;
        });
        return command;
    }

    public static Command Grant(App app)
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
