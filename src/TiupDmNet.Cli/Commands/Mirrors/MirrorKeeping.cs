using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>Keeping a mirror of one's own in a directory: <c>init</c>, <c>grant</c>, <c>publish</c>.</summary>
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

    public static Command Publish(App app)
    {
        var command = new DocumentedCommand(
            "publish",
            "Put a package on the mirror as a version of a component",
            "dotnet dm-patch mirror publish dm-worker v8.5.0-hotfix.1 dm-worker-hotfix-linux-amd64.tar.gz dm-worker/dm-worker --os linux --arch amd64");
        var component = OptionTypes.Word("component", "Id of the component");
        var version = OptionTypes.Word("version", "Such as v8.5.0");
        var tarball = OptionTypes.Word("tarball", "The package");
        var entry = OptionTypes.Word("entry", "The program in it, such as dm-worker/dm-worker");
        var platform = new PlatformOptions();
        var description = OptionTypes.Text("--desc", "text", "Description of the component");
        var owner = OptionTypes.Text("--owner", "id", "Owner of a new component [default: the one whose keys are there]");
        var force = OptionTypes.Flag("--force", "Put it in the place of the same version that is there");
        var place = new MirrorPlace(app);
        foreach (var argument in (Argument[])[component, version, tarball, entry])
        {
            command.Arguments.Add(argument);
        }

        platform.AddTo(command);
        foreach (var option in (Option[])[description, owner, force])
        {
            command.Options.Add(option);
        }

        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var on = platform.Read(parsed);
            using var publisher = await place.OpenAsync(parsed, cancellation);
            await using var audit = new AuditTrail(app.BeginAudit());
            var item = await publisher.PublishAsync(
                parsed.GetRequiredValue(component),
                parsed.GetRequiredValue(version),
                on,
                parsed.GetRequiredValue(tarball),
                parsed.GetRequiredValue(entry),
                parsed.GetValue(description),
                parsed.GetValue(owner),
                parsed.GetValue(force),
                cancellation);
            await audit.NoteEndAsync(ExitCode.Done);
            app.Terminal.Say($"published {item.Component} {item.Version} for {item.Platform} ({item.Sha256})");
            return ExitCode.Done;
        });
        return command;
    }
}
