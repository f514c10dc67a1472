namespace DmDouble.Processes;

/// <summary>Go's <c>flag</c> package: <c>-x</c> or <c>--x</c>, value after <c>=</c> or a blank, booleans only with <c>=</c>, nothing unknown.</summary>
internal sealed class GoFlags
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <exception cref="GoFlagException">A flag is unknown or has no value.</exception>
    public static GoFlags Parse(IReadOnlyList<string> args, IReadOnlySet<string> booleans, IReadOnlySet<string> values)
    {
        var flags = new GoFlags();
        for (var i = 0; i < args.Count; i++)
        {
            var arg = args[i];
            if (arg.Length < 2 || arg[0] != '-' || arg == "--")
            {
                throw new GoFlagException($"'{arg}' is an invalid flag");
            }

            var name = arg.StartsWith("--", StringComparison.Ordinal) ? arg[2..] : arg[1..];
            if (name.Length == 0 || name[0] is '-' or '=')
            {
                throw new GoFlagException($"bad flag syntax: {arg}");
            }

            string? value = null;
            if (name.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                (name, value) = (name[..equals], name[(equals + 1)..]);
            }

            if (name is "help" or "h")
            {
                throw new GoFlagException("flag: help requested") { IsHelp = true };
            }

            if (booleans.Contains(name))
            {
                flags._values[name] = value switch
                {
                    null or "1" or "t" or "T" or "true" or "TRUE" or "True" => "true",
                    "0" or "f" or "F" or "false" or "FALSE" or "False" => "false",
                    _ => throw new GoFlagException($"invalid boolean value \"{value}\" for -{name}: parse error"),
                };
            }
            else if (values.Contains(name))
            {
                flags._values[name] = value ?? (++i < args.Count ? args[i] : throw new GoFlagException($"flag needs an argument: -{name}"));
            }
            else
            {
                throw new GoFlagException($"flag provided but not defined: -{name}");
            }
        }

        return flags;
    }

    public bool Is(string name) => _values.TryGetValue(name, out var value) && value == "true";

    public string? Get(string name) => _values.GetValueOrDefault(name);
}

internal sealed class GoFlagException(string message) : Exception(message)
{
    public bool IsHelp { get; init; }
}
