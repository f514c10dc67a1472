using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>A publisher's own key, where TiUP keeps it.</summary>
internal static class GenkeyCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "genkey",
            "Make a key to publish with; whoever keeps the mirror grants it by its public half",
            """
            dotnet dm-patch mirror genkey --save
            dotnet dm-patch mirror genkey --name ci --public
            """);
        var name = OptionTypes.Text("--name", "name", "Name of the key [default: private]", "-n");
        var directory = OptionTypes.Text("--key-dir", "directory", "Where to put it, or find it [default: keys in TIUP_HOME]", "-k");
        var show = OptionTypes.Flag("--public", "Make none: print the public half of the one that is there", "-p");
        var save = OptionTypes.Text("--save", "directory", "Write the public half to a file there, to be given away [here, when no directory is named]");
        save.Arity = ArgumentArity.ZeroOrOne;
        foreach (var option in (Option[])[name, directory, show, save])
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            var file = Path.Combine(parsed.GetValue(directory) ?? Path.Combine(app.MirrorSettings.Home.Root, "keys"), FileName(parsed.GetValue(name) ?? "private"));
            var isNew = !parsed.GetValue(show);
            var key = isNew ? await KeyFile.CreateAsync(file, cancellation) : await KeyFile.ReadAsync(file, cancellation);
            app.Terminal.Say(isNew ? $"made the key {key.KeyId}; whoever has {key.Path} can sign with it" : $"the key {key.KeyId}");
            var saved = parsed.GetResult(save) is null ? null : await key.WritePublicAsync(parsed.GetValue(save) ?? ".", cancellation);
            if (saved is not null)
            {
                app.Terminal.Say($"its public half is in {saved}");
            }

            app.Terminal.Write(globals.Read(parsed).Json ? Json.Document(Document(key, saved)) : (isNew ? key.Path : key.PublicJson) + "\n");
            return ExitCode.Done;
        });
        return command;
    }

    private static string FileName(string name) => name.Length > 0 && name.AsSpan().IndexOfAny('/', '\\') < 0
        ? name + ".json"
        : throw new UsageException($"'{name}' cannot be the name of a key; say where it is with --key-dir");

    private static JObject Document(KeyFile key, string? saved) => new()
    {
        ["keyId"] = key.KeyId,
        ["keyFile"] = key.Path,
        ["public"] = JObject.Parse(key.PublicJson),
        ["publicFile"] = saved,
    };
}
