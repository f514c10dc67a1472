using System.CommandLine;
using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>Verified packages, where the operator wants them.</summary>
internal static class DownloadCommand
{
    public static Command Create(App app, GlobalOptions globals, string example)
    {
        var command = new DocumentedCommand("download", "Download packages and verify them", example);
        var what = new Argument<string[]>("component")
        {
            Description = "dm-worker v8.5.0, or several as dm-master:v8.5.0 dm-worker:v8.5.0; \"nightly\" is a version too [default version: the newest stable one]",
            Arity = ArgumentArity.OneOrMore,
        };
        var platform = new PlatformOptions();
        var output = OptionTypes.Text("--output", "path", "Directory to write to; for a single package also a file [default: here]", "-o");
        var jobs = OptionTypes.Count("--jobs", 3, "So many at a time", "-j");
        command.Arguments.Add(what);
        platform.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(jobs);
        command.SetAction(async (parsed, cancellation) =>
        {
            var wanted = Wanted(parsed.GetRequiredValue(what));
            var on = platform.Read(parsed);
            var target = parsed.GetValue(output) ?? ".";
            if (wanted.Count > 1 && !Directory.Exists(target))
            {
                throw new UsageException($"with several packages, --output names a directory that exists, and {target} is none");
            }

            using var mirror = app.Mirror();
            var bar = app.Terminal.IsLive ? new TransferLine(app.Terminal) : null;
            var packages = new DownloadedPackage[wanted.Count];
            try
            {
                await Parallel.ForEachAsync(
                    Enumerable.Range(0, wanted.Count),
                    new ParallelOptions { MaxDegreeOfParallelism = parsed.GetValue(jobs), CancellationToken = cancellation },
                    async (i, token) => packages[i] = await mirror.DownloadAsync(wanted[i].Component, wanted[i].Version, on, target, bar, token));
            }
            finally
            {
                bar?.Clear();
            }

            app.Terminal.Say($"{(packages.All(package => package.AlreadyPresent) ? "already there, and" : "downloaded and")} verified against {mirror.Address}");
            app.Terminal.Write(globals.Read(parsed).Json ? Json.Document(Document(packages)) : string.Concat(packages.Select(package => package.Path + "\n")));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>"dm-worker", "dm-worker v8.5.0", or any number of "dm-worker:v8.5.0".</summary>
    private static IReadOnlyList<(string Component, string? Version)> Wanted(string[] words)
    {
        if (!words.Any(word => word.Contains(':', StringComparison.Ordinal)))
        {
            return words switch
            {
                [var component] => [(component, null)],
                [var component, var version] => [(component, version)],
                _ => throw new UsageException($"write several packages as <component>:<version>, such as {words[0]}:v8.5.0"),
            };
        }

        return [.. words.Distinct().Select(word => word.Split(':', 2) is [{ Length: > 0 } component, { Length: > 0 } version]
            ? (component, (string?)version)
            : throw new UsageException($"'{word}' does not name a package; write <component>:<version>, such as dm-worker:v8.5.0"))];
    }

    private static JObject Document(IReadOnlyList<DownloadedPackage> packages)
    {
        var documents = packages.Select(package => new JObject
        {
            ["path"] = package.Path,
            ["component"] = package.Item.Component,
            ["version"] = package.Item.Version.Text,
            ["platform"] = package.Item.Platform.ToString(),
            ["sha256"] = package.Item.Sha256,
            ["length"] = package.Item.Length,
            ["alreadyPresent"] = package.AlreadyPresent,
        });
        return new JObject { ["packages"] = new JArray(documents) };
    }
}
