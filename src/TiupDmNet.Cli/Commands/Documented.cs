using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace TiupDmNet.Cli.Commands;

/// <summary>A command whose help ends with a worked example.</summary>
internal sealed class DocumentedCommand(string name, string description, string example) : Command(name, description)
{
    public string Example => example;
}

/// <summary>Prints the help of a command and its example. Reads and asks nothing.</summary>
internal sealed class HelpWithExample(HelpAction help, string rootExample) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command;
        foreach (var argument in parseResult.RootCommandResult.Command.Arguments)
        {
            // Those of `dotnet dm-patch <cluster> <package>` mean nothing to the commands below it.
            argument.Hidden = command is not RootCommand;
        }

        help.Invoke(parseResult);
        var example = command is DocumentedCommand documented ? documented.Example : rootExample;
        var output = parseResult.InvocationConfiguration.Output;
        output.Write("Example:\n");
        foreach (var line in example.ReplaceLineEndings("\n").Split('\n'))
        {
            output.Write($"  {line}\n");
        }

        return ExitCode.Done;
    }
}
