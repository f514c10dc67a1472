using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace TiupDmNet.Cli.Arguments;

/// <summary>The kinds of options that there are, each with its one way to be written and to be wrong.</summary>
internal static class OptionTypes
{
    /// <summary><c>--flag</c>, <c>--flag true</c>, <c>--flag=false</c></summary>
    public static Option<bool> Flag(string name, string description, params string[] aliases) => new(name, aliases) { Description = description };

    /// <summary>Commas and repeats: <c>-N a,b -N c</c></summary>
    public static Option<string[]> List(string name, string helpName, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result => [.. result.Tokens
            .SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Distinct()],
    };

    /// <summary>The same option several times, each value as it is.</summary>
    public static Option<string[]> Repeated(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result => [.. result.Tokens.Select(token => token.Value)],
    };

    public static Option<string?> Text(string name, string helpName, string description, params string[] aliases) => new(name, aliases) { Description = description, HelpName = helpName };

    /// <summary>Whole or broken seconds, <c>s</c> behind them or not.</summary>
    public static Option<double> Seconds(string name, double otherwise, string description) => new(name)
    {
        Description = description,
        HelpName = "seconds",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text.EndsWith('s') ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= 86_400)
            {
                return seconds;
            }

            result.AddError($"{name} takes a number of seconds, not '{text}'");
            return otherwise;
        },
    };

    public static Option<int> Count(string name, int otherwise, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
            {
                return count;
            }

            result.AddError($"{name} takes a whole number from 1, not '{text}'");
            return otherwise;
        },
    };

    /// <summary>One of a few words; null when not given.</summary>
    public static Option<string?> OneOf(string name, string description, params string[] words)
    {
        var option = new Option<string?>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (words.Contains(text))
                {
                    return text;
                }

                result.AddError($"{name} takes {string.Join(", ", words[..^1])} or {words[^1]}, not '{text}'{(Suggestion.For(text, words) is { } meant ? $" (did you mean {meant}?)" : "")}");
                return null;
            },
        };
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>Required arguments name themselves when they are missing.</summary>
    public static Argument<string> Word(string name, string description) => new(name) { Description = description };

    public static Argument<string?> OptionalWord(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };
}
