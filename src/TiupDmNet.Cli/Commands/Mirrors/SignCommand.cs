using System.CommandLine;
using System.Globalization;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Mirror;
using TiupDmNet.Mirror.Publishing.Roots;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>One more signature on a root that goes from hand to hand.</summary>
internal static class SignCommand
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "sign",
            "Sign a drafted root, or another manifest, in its file",
            "dotnet dm-patch mirror sign next-root.json --key-dir ~/root-key.json");
        var file = OptionTypes.Word("file", "The manifest; the signatures that it has stay");
        var keys = OptionTypes.Text("--key-dir", "path", "A key's file, or a directory: of that, the keys which the root names [default: keys in TIUP_HOME]", "-k");
        command.Arguments.Add(file);
        command.Options.Add(keys);
        command.SetAction(async (parsed, cancellation) =>
        {
            var manifest = parsed.GetRequiredValue(file);
            var signed = await ManifestSigning.SignAsync(manifest, parsed.GetValue(keys) ?? Path.Combine(app.MirrorSettings.Home.Root, "keys"), cancellation);
            app.Terminal.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"signed {manifest}, {signed.Type} {signed.Version}, good until {signed.Expires.UtcDateTime:yyyy-MM-dd HH:mm}Z, with {string.Join(", ", signed.SignedNow)}"));
            if (globals.Read(parsed).Json)
            {
                app.Terminal.Write(Json.Document(new JObject
                {
                    ["file"] = Path.GetFullPath(manifest),
                    ["type"] = signed.Type,
                    ["version"] = signed.Version,
                    ["expires"] = signed.Expires.UtcDateTime,
                    ["signedNow"] = new JArray(signed.SignedNow),
                    ["signedBefore"] = new JArray(signed.SignedBefore),
                }));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
