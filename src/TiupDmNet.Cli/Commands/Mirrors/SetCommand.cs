using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Cli.Progress;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>Which mirror to use and which root to trust. A root that the trusted one does not vouch for needs <c>--reset</c>.</summary>
internal static class SetCommand
{
    private const string PublicMirror = "https://tiup-mirrors.pingcap.com/";

    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "set",
            "Use a mirror from now on, and trust its root",
            """
            dotnet dm-patch mirror set ./my-mirror --root ./my-mirror/root.json
            dotnet dm-patch mirror set --reset
            """);
        var address = OptionTypes.OptionalWord("address", "A URL, or a directory");
        var rootFile = OptionTypes.Text("--root", "path|url", "The root to trust [default: the one pinned for the address, else the mirror's own]", "-r");
        var reset = OptionTypes.Flag("--reset", $"Forget the root that is trusted now; without an address use {PublicMirror}");
        command.Arguments.Add(address);
        command.Options.Add(rootFile);
        command.Options.Add(reset);
        command.SetAction(async (parsed, cancellation) =>
        {
            var forget = parsed.GetValue(reset);
            var target = parsed.GetValue(address) ?? (forget ? PublicMirror : throw new UsageException("the argument <address> is missing"));
            var profile = app.MirrorProfile();
            var root = await profile.PreviewRootAsync(target, parsed.GetValue(rootFile), cancellation);
            Describe(app.Terminal, root);
            if (root.ReplacesTrustedRoot && !forget)
            {
                throw new RefusedException($"this profile trusts another root, which does not vouch for that of {root.Address}; compare the keys, then say --reset to trust this one instead");
            }

            await using var audit = new AuditTrail(app.BeginAudit());
            await profile.SetAsync(root, forget, cancellation);
            await audit.NoteAsync($"mirror is {TypedWords.WithoutSecret(root.Address)} now, its root has version {root.Version} and keys {string.Join(", ", root.KeyIds)}");
            app.Terminal.Say($"mirror is {root.Address} now");
            await audit.NoteEndAsync(ExitCode.Done);
            if (globals.Read(parsed).Json)
            {
                app.Terminal.Write(Json.Document(new JObject
                {
                    ["mirror"] = root.Address,
                    ["root"] = RootJson.Of(root),
                    ["rootFrom"] = root.Source,
                    ["replaced"] = root.ReplacesTrustedRoot,
                }));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Describe(Terminal terminal, RootSummary root)
    {
        terminal.Say($"root of {root.Address}, from {root.Source}: version {root.Version}, {root.Threshold} of {Readable.Count(root.KeyIds.Count, "key")}");
        foreach (var key in root.KeyIds)
        {
            terminal.Say($"  {key}");
        }

        if (root.IsInsecure)
        {
            terminal.SayWarning("the root came over plain http: anyone on the way could have put another in its place; compare the keys with those that the mirror's owner tells you");
        }
    }
}
