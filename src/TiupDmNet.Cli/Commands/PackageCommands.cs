using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Commands.Mirrors;
using TiupDmNet.Cli.Output;
using TiupDmNet.Packages;

namespace TiupDmNet.Cli.Commands;

/// <summary><c>package</c>: make, open and fetch component packages.</summary>
internal static class PackageCommands
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "package",
            "Make a hotfix package, say what is in one, or download one",
            "dotnet dm-patch package build --component dm-worker --version v8.5.0 --replace dm-worker/dm-worker=./dm-worker");
        command.Subcommands.Add(PackageBuildCommand.Create(app, globals));
        command.Subcommands.Add(Inspect(app, globals));
        command.Subcommands.Add(DownloadCommand.Create(app, globals, "dotnet dm-patch package download dm-worker v8.5.0 --os linux --arch amd64 -o ."));
        return command;
    }

    private static DocumentedCommand Inspect(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "inspect",
            "Say what a package or a raw binary is, and whether it can be used",
            """
            dotnet dm-patch package inspect dm-worker-hotfix-linux-amd64.tar.gz
            dotnet dm-patch package inspect dm-linux-amd64.tar.gz --component dm-master
            """);
        var file = OptionTypes.Word("file", "A component package (.tar.gz, .tar), or a raw binary");
        var component = OptionTypes.Text("--component", "name", "The component to look for [default: the one that is there]");
        command.Arguments.Add(file);
        command.Options.Add(component);
        command.SetAction(async (parsed, cancellation) =>
        {
            var path = parsed.GetRequiredValue(file);
            var json = globals.Read(parsed).Json;
            if (await PackageReader.IsRawBinaryAsync(path, cancellation))
            {
                var executable = await PackageReader.InspectExecutableAsync(path, cancellation);
                app.Terminal.Write(json ? Json.Document(PackageView.Document(path, executable)) : PackageView.Text(path, executable));
                return ExitCode.Done;
            }

            var package = await PackageReader.InspectAsync(path, parsed.GetValue(component), limits: null, cancellation);
            app.Terminal.Write(json ? Json.Document(PackageView.Document(package)) : PackageView.Text(package));
            return ExitCode.Done;
        });
        return command;
    }
}
