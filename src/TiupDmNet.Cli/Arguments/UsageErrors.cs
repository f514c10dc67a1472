using System.CommandLine;
using System.CommandLine.Parsing;

namespace TiupDmNet.Cli.Arguments;

/// <summary>What is wrong with a command line, in sentences that end with where to read on.</summary>
internal sealed class UsageErrors(ParseResult parsed)
{
    public string Message => $"{string.Join("; ", Sentences())}\nSee `{Path()} --help`";

    private IEnumerable<string> Sentences()
    {
        var command = parsed.CommandResult.Command;
        if (parsed.Tokens.Count == 0)
        {
            return ["name a cluster and a package, or a command"];
        }

        if (parsed.UnmatchedTokens.Count > 0)
        {
            // What follows an unknown option is likely its value.
            var options = parsed.UnmatchedTokens.Where(token => token.StartsWith('-')).ToList();
            return options.Count > 0
                ? options.Select(option => $"there is no option {option}{DidYouMean(option, Options())}")
                : parsed.UnmatchedTokens.Select(token => command.Subcommands.Count > 0 && command.Arguments.Count == 0
                    ? $"there is no command '{command.Name} {token}'{DidYouMean(token, command.Subcommands.Select(sub => sub.Name))}"
                    : $"'{token}' is one argument too many");
        }

        // A word alone, or with the wrong neighbours, may be a command that was mistyped.
        var meant = command is RootCommand && parsed.Tokens[0] is { Type: TokenType.Argument, Value: var first } ? DidYouMean(first, command.Subcommands.Select(sub => sub.Name)) : "";
        return parsed.Errors.Select(error => Sentence(error) + meant).Distinct();
    }

    private static string Sentence(ParseError error) => error.SymbolResult switch
    {
        ArgumentResult { Tokens.Count: 0, Parent: OptionResult option } => $"{option.IdentifierToken?.Value ?? option.Option.Name} needs a value",
        ArgumentResult { Tokens.Count: 0 } argument => $"the argument <{argument.Argument.Name}> is missing",
        OptionResult { Tokens.Count: 0 } option => $"{option.IdentifierToken?.Value ?? option.Option.Name} needs a value",
        OptionResult option when error.Message.Contains("single argument", StringComparison.Ordinal) => $"{option.IdentifierToken?.Value ?? option.Option.Name} was given more than once",
        CommandResult command when command.Command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0 && command.GetResult(argument) is null or { Tokens.Count: 0 }) is { } missing =>
            $"the argument <{missing.Name}> is missing",
        CommandResult { Command.Subcommands.Count: > 0 } command => $"'{command.Command.Name}' needs a command: {string.Join(", ", command.Command.Subcommands.Select(sub => sub.Name))}",
        _ => error.Message.TrimEnd('.'),
    };

    private IEnumerable<string> Options()
    {
        for (SymbolResult? at = parsed.CommandResult; at is not null; at = at.Parent)
        {
            if (at is CommandResult { Command: var command })
            {
                foreach (var option in command.Options.Where(option => command == parsed.CommandResult.Command || option.Recursive))
                {
                    yield return option.Name;
                }
            }
        }
    }

    private string Path()
    {
        var names = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: var command and not RootCommand }; at = at.Parent)
        {
            names.Insert(0, command.Name);
        }

        return string.Join(' ', (string[])["dotnet dm-patch", .. names]);
    }

    private static string DidYouMean(string word, IEnumerable<string> valid) => Suggestion.For(word, valid) is { } meant ? $" (did you mean {meant}?)" : "";
}
