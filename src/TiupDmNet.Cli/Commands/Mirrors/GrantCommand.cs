using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>A new owner, who may publish components.</summary>
internal static class GrantCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "grant",
            "Let a new owner publish, with a new key or with their own",
            """
            dotnet dm-patch mirror grant dba --name "Our DBAs" --mirror ./my-mirror
            dotnet dm-patch mirror grant support --key 1f0c8e6a5b3d2974-public.json --mirror ./my-mirror
            """);
        var id = OptionTypes.Word("id", "Id of the owner");
        var name = OptionTypes.Text("--name", "name", "Name of the owner [default: the id]", "-n");
        var key = OptionTypes.Text("--key", "file", "The owner's key, as `mirror genkey` has saved it; its public half will do [default: a new one, put to the mirror's keys]");
        var place = new MirrorPlace(app);
        command.Arguments.Add(id);
        command.Options.Add(name);
        command.Options.Add(key);
        place.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var owner = parsed.GetRequiredValue(id);
            using var publisher = await place.OpenAsync(parsed, cancellation);
            await using var audit = new AuditTrail(app.BeginAudit());
            var granted = await publisher.GrantAsync(owner, parsed.GetValue(name) ?? owner, parsed.GetValue(key), cancellation);
            await audit.NoteEndAsync(ExitCode.Done);
            app.Terminal.Say($"{granted.OwnerId} may publish with the key {granted.KeyId}");
            app.Terminal.Write(globals.Read(parsed).Json
                ? Json.Document(new JObject { ["mirror"] = publisher.Address, ["owner"] = granted.OwnerId, ["keyId"] = granted.KeyId, ["keyFile"] = granted.KeyFile })
                : granted.KeyFile + "\n");
            return ExitCode.Done;
        });
        return command;
    }
}
