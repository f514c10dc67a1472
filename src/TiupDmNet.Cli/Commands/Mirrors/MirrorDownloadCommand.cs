using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>A verified package, where the operator wants it.</summary>
internal static class MirrorDownloadCommand
{
    public static Command Create(App app, GlobalOptions globals, string example)
    {
        var command = new DocumentedCommand("download", "Download a package and verify it", example);
        var component = OptionTypes.Word("component", "dm-master, dm-worker, …");
        var version = OptionTypes.OptionalWord("version", "Such as v8.5.0, or \"nightly\" [default: the newest stable one]");
        var platform = new PlatformOptions();
        var output = OptionTypes.Text("--output", "path", "Directory or file to write [default: here]", "-o");
        command.Arguments.Add(component);
        command.Arguments.Add(version);
        platform.AddTo(command);
        command.Options.Add(output);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var mirror = app.Mirror();
            var line = app.Terminal.IsLive ? new TransferLine(app.Terminal) : null;
            DownloadedPackage package;
            try
            {
                package = await mirror.DownloadAsync(parsed.GetRequiredValue(component), parsed.GetValue(version), platform.Read(parsed), parsed.GetValue(output) ?? ".", line is null ? null : new Shown(line), cancellation);
            }
            finally
            {
                line?.Clear();
            }

            app.Terminal.Say($"{(package.AlreadyPresent ? "already there, and" : "downloaded and")} verified against {mirror.Address}");
            app.Terminal.Write(globals.Read(parsed).Json ? Json.Document(Document(package)) : package.Path + "\n");
            return ExitCode.Done;
        });
        return command;
    }

    private static JObject Document(DownloadedPackage package) => new()
    {
        ["path"] = package.Path,
        ["component"] = package.Item.Component,
        ["version"] = package.Item.Version.Text,
        ["platform"] = package.Item.Platform.ToString(),
        ["sha256"] = package.Item.Sha256,
        ["length"] = package.Item.Length,
        ["alreadyPresent"] = package.AlreadyPresent,
    };

    private sealed class Shown(TransferLine line) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => line.Show(value.FileName, value.Received, value.Total);
    }
}
