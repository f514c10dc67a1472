using System.CommandLine;
using System.Globalization;
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
            var bar = app.Terminal.IsLive ? new DownloadBar(app.Terminal) : null;
            DownloadedPackage package;
            try
            {
                package = await mirror.DownloadAsync(parsed.GetRequiredValue(component), parsed.GetValue(version), platform.Read(parsed), parsed.GetValue(output) ?? ".", bar, cancellation);
            }
            finally
            {
                bar?.Clear();
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

    /// <summary>One line that overwrites itself.</summary>
    private sealed class DownloadBar(Terminal terminal) : IProgress<DownloadProgress>
    {
        private readonly Lock _lock = new();
        private bool _over;
        private int _shown = -1;

        public void Report(DownloadProgress value)
        {
            lock (_lock)
            {
                var percent = value.Total > 0 ? (int)(100 * value.Received / value.Total) : 0;
                if (!_over && percent != _shown)
                {
                    _shown = percent;
                    terminal.WriteError(string.Create(CultureInfo.InvariantCulture, $"\r{value.FileName}  {percent}% of {Readable.Size(value.Total)}\x1b[K"));
                }
            }
        }

        public void Clear()
        {
            lock (_lock)
            {
                _over = true;
                if (_shown >= 0)
                {
                    terminal.WriteError("\r\x1b[K");
                }
            }
        }
    }
}
