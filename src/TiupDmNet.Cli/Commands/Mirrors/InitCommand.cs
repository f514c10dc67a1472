using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>A new mirror of one's own, with new keys.</summary>
internal static class InitCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "init",
            "Make an empty mirror with new keys",
            """
            dotnet dm-patch mirror init ./my-mirror
            dotnet dm-patch mirror set ./my-mirror
            """);
        var directory = OptionTypes.Word("directory", "Must be empty, or not exist");
        var keys = KeyOptions.DirectoryOption();
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
            if (globals.Read(parsed).Json)
            {
                app.Terminal.Write(Json.Document(new JObject
                {
                    ["mirror"] = Path.GetFullPath(mirror),
                    ["keyDirectory"] = Path.GetFullPath(keysDirectory),
                    ["root"] = RootJson.Of(await app.MirrorProfile().PreviewRootAsync(mirror, cancellation: cancellation)),
                }));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
