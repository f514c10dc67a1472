using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Commands.Mirrors;

namespace TiupDmNet.Cli.Commands;

/// <summary><c>dotnet dm-patch</c>: without the name of a command it is <c>patch</c>.</summary>
internal static class DmPatchCommand
{
    private const string Description =
        """
        Replaces the binaries of a running TiDB Data Migration (DM) cluster while it stays available.

        `dotnet dm-patch <cluster> <package>` is `dotnet dm-patch patch <cluster> <package>`; for a cluster that is named like a command, write `patch`.
        """;

    private const string Example =
        """
        dotnet dm-patch plan dm-test dm-worker-hotfix-linux-amd64.tar.gz -R dm-worker
        dotnet dm-patch dm-test dm-worker-hotfix-linux-amd64.tar.gz -R dm-worker --overwrite
        dotnet dm-patch dm-test ./dm-master -N 10.0.1.11:8261
        """;

    public static RootCommand Create(App app, GlobalOptions globals)
    {
        var root = new RootCommand(Description) { HelpName = "dotnet dm-patch" };
        globals.AddTo(root);
        PatchCommand.AddTo(root, app, globals);
        root.Subcommands.Add(PatchCommand.Create(app, globals));
        root.Subcommands.Add(PlanCommand.Create(app, globals));
        root.Subcommands.Add(DisplayCommand.Create(app, globals));
        root.Subcommands.Add(ListCommand.Create(app, globals));
        root.Subcommands.Add(PackageCommands.Create(app, globals));
        root.Subcommands.Add(MirrorCommands.Create(app, globals));
        root.Subcommands.Add(CompletionCommand.Create(app));

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((HelpAction)help.Action!, Example);
        root.Options.OfType<VersionOption>().Single().Action = new ShowVersion(app);
        return root;
    }

    private sealed class ShowVersion(App app) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var version = typeof(ShowVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            app.Terminal.Write($"dotnet-dm-patch {version.Split('+')[0]}\n");
            return ExitCode.Done;
        }
    }
}
