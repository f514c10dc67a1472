using System.CommandLine;
using TiupDmNet.Cli.Arguments;

namespace TiupDmNet.Cli.Commands;

/// <summary>Prints what a shell needs to ask this program for completions (the <c>[suggest]</c> directive of System.CommandLine).</summary>
internal static class CompletionCommand
{
    private const string Bash =
        """
        _dotnet_dm_patch() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(dotnet-dm-patch "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _dotnet_dm_patch dotnet-dm-patch
        """;

    private const string Zsh =
        """
        #compdef dotnet-dm-patch
        _dotnet_dm_patch() {
            local -a words_offered
            words_offered=("${(@f)$(dotnet-dm-patch "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a words_offered
            _files
        }
        compdef _dotnet_dm_patch dotnet-dm-patch
        """;

    private const string Fish =
        """
        complete -c dotnet-dm-patch -a '(dotnet-dm-patch "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;

    public static Command Create(App app)
    {
        var command = new DocumentedCommand(
            "completion",
            "Print a script that lets a shell complete commands, options and cluster names",
            "source <(dotnet-dm-patch completion bash)");
        var shell = OptionTypes.Word("shell", "bash, zsh or fish");
        shell.CompletionSources.Add("bash", "zsh", "fish");
        command.Arguments.Add(shell);
        command.SetAction((parsed, _) =>
        {
            app.Terminal.Write((parsed.GetRequiredValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                "fish" => Fish,
                var other => throw new UsageException($"there is no completion for '{other}'; there is one for bash, zsh and fish"),
            }).ReplaceLineEndings("\n") + "\n");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }
}
