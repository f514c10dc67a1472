using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Commands;
using TiupDmNet.Clusters;

namespace TiupDmNet.Cli;

/// <summary>Parses the command line, runs what it names, and turns everything that goes wrong into a sentence and an exit code.</summary>
internal sealed class CommandLine(App app)
{
    private readonly GlobalOptions _globals = new();

    public async Task<int> RunAsync()
    {
        var root = DmPatchCommand.Create(app, _globals);
        var parsed = root.Parse(app.Arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var json = _globals.WantsJson(parsed);
        var failures = new Failures(app);
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction or null)
        {
            return failures.Usage(new UsageErrors(parsed).Message, json);
        }

        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = app.Terminal.Output,
                Error = app.Terminal.Error,
                EnableDefaultExceptionHandler = false,
                // Interrupts are ours: see Interrupts.
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, app.Interrupts.Stop);
        }
        catch (Exception e)
        {
            var code = failures.Report(e, json);
            if (e is ClusterException and not ClusterLockedException && parsed.CommandResult.Command is RootCommand command)
            {
                SuggestCommand(command);
            }

            return code;
        }
    }

    /// <summary><c>dotnet dm-patch dispay dm-test</c> reads as a cluster and a package.</summary>
    private void SuggestCommand(RootCommand command)
    {
        if (app.Arguments.FirstOrDefault(word => !word.StartsWith('-')) is { } first && Suggestion.For(first, command.Subcommands.Select(sub => sub.Name)) is { } meant)
        {
            app.Terminal.Say($"Did you mean the command `dotnet dm-patch {meant}`?");
        }
    }
}
