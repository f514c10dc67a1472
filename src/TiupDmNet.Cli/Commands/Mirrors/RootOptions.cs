using System.CommandLine;
using System.Globalization;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Mirror;
using TiupDmNet.Mirror.Publishing.Roots;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>What is to be different in the next root.</summary>
internal sealed class RootOptions
{
    private readonly Option<string[]> _new = OptionTypes.Repeated(
        "--new-keys", "role", "New keys for root, index, snapshot or timestamp in the place of theirs; for the snapshot, the timestamp gets a new one too, so that TiUP notices");

    private readonly Option<string[]> _add = OptionTypes.Repeated("--add-key", "role=file", "One more key for a role; its public half will do");
    private readonly Option<string[]> _remove = OptionTypes.Repeated("--remove-key", "id", "A key that is no longer trusted: its id, or the beginning of it");
    private readonly Option<string[]> _threshold = OptionTypes.Repeated("--threshold", "role=number", "So many of a role's keys must sign");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_new, _add, _remove, _threshold])
        {
            command.Options.Add(option);
        }
    }

    public bool IsGiven(ParseResult parsed) => ((Option<string[]>[])[_new, _add, _remove, _threshold]).Any(option => Values(parsed, option).Length > 0);

    public RootChange Read(ParseResult parsed) => new()
    {
        NewKeysFor = Values(parsed, _new),
        Add = [.. Values(parsed, _add).Select(word => Split(word, "--add-key root=<file of a key>"))],
        Remove = Values(parsed, _remove),
        Thresholds = Values(parsed, _threshold).Select(word => Split(word, "--threshold root=2")).ToDictionary(
            pair => pair.Role,
            pair => int.TryParse(pair.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : throw new UsageException($"'{pair.Value}' is no number of signatures; write --threshold root=2"),
            StringComparer.Ordinal),
    };

    private static string[] Values(ParseResult parsed, Option<string[]> option) => parsed.GetValue(option) ?? [];

    private static (string Role, string Value) Split(string word, string example) => word.Split('=', 2) is [{ Length: > 0 } role, { Length: > 0 } value]
        ? (role, value)
        : throw new UsageException($"'{word}' names no role; write {example}");
}
