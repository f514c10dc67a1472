using System.CommandLine;
using TiupDmNet.Cli.Arguments;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary><c>mirror</c>: use a TiUP mirror, or keep one.</summary>
internal static class MirrorCommands
{
    public static Command Create(App app, GlobalOptions globals)
    {
        var command = new DocumentedCommand(
            "mirror",
            "Use a component mirror, or keep one of your own; everything from a mirror is verified",
            """
            dotnet dm-patch mirror set https://tiup-mirrors.pingcap.com/
            dotnet dm-patch mirror list dm-worker
            """);
        command.Subcommands.Add(SetCommand.Create(app, globals));
        command.Subcommands.Add(ShowCommand.Create(app, globals));
        command.Subcommands.Add(ListCommand.Create(app, globals));
        command.Subcommands.Add(DownloadCommand.Create(app, globals, "dotnet dm-patch mirror download dm-worker v8.5.0 --os linux --arch amd64 -o ."));
        command.Subcommands.Add(StatusCommand.Create(app, globals));
        command.Subcommands.Add(VerifyCommand.Create(app, globals));
        command.Subcommands.Add(InitCommand.Create(app, globals));
        command.Subcommands.Add(GenkeyCommand.Create(app, globals));
        command.Subcommands.Add(GrantCommand.Create(app, globals));
        command.Subcommands.Add(PublishCommand.Create(app, globals));
        command.Subcommands.Add(ModifyCommand.Create(app, globals));
        command.Subcommands.Add(YankCommand.Yank(app, globals));
        command.Subcommands.Add(YankCommand.Unyank(app, globals));
        command.Subcommands.Add(RefreshCommand.Create(app, globals));
        command.Subcommands.Add(RotateCommand.Create(app, globals));
        command.Subcommands.Add(SignCommand.Create(app, globals));
        command.Subcommands.Add(GcCommand.Create(app, globals));
        command.Subcommands.Add(CloneCommand.Create(app, globals));
        command.Subcommands.Add(MergeCommand.Create(app, globals));
        return command;
    }
}
