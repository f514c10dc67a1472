using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Mirror;
using TiupDmNet.Mirror.Publishing.Cloning;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>What to clone from where: TiUP's words, and <c>--component</c> in the place of one option for each component.</summary>
internal sealed class CloneOptions
{
    private readonly Argument<string> _directory = OptionTypes.Word("directory", "The clone; made if it does not exist");
    private readonly Argument<string[]> _versions = new("version")
    {
        Description = "Of the DM clusters that will be deployed: everything that TiUP takes for them, monitoring included [default: the newest stable one]",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _from = OptionTypes.Text("--from", "address", "The mirror to clone; its root must be trusted [default: the mirror in use]");
    private readonly Option<string?> _root = OptionTypes.Text("--root", "path", "The root to trust for it, this once [default: the one that this profile trusts]", "-r");
    private readonly Option<string[]> _components = OptionTypes.Repeated(
        "--component", "id[=versions]", "A component, and versions of its own: v8.5.0,v8.5.1, latest, nightly or all; without <version> only these");

    private readonly Option<bool> _full = OptionTypes.Flag("--full", "All versions of all components", "-f");
    private readonly Option<bool> _prefix = OptionTypes.Flag("--prefix", "Versions are beginnings: v8.5 is v8.5.0, v8.5.1, …");
    private readonly Option<bool> _skip = OptionTypes.Flag("--skip-missing", "Leave out what the mirror does not have instead of refusing");
    private readonly PlatformListOptions _platforms = new();

    public void AddTo(Command command)
    {
        command.Arguments.Add(_directory);
        command.Arguments.Add(_versions);
        foreach (var option in (Option[])[_from, _root, _components])
        {
            command.Options.Add(option);
        }

        _platforms.AddTo(command);
        foreach (var option in (Option[])[_full, _prefix, _skip])
        {
            command.Options.Add(option);
        }
    }

    public string Directory(ParseResult parsed) => parsed.GetRequiredValue(_directory);

    public MirrorSettings Source(App app, ParseResult parsed) => app.MirrorSettings with
    {
        AddressOverride = parsed.GetValue(_from) ?? app.MirrorSettings.AddressOverride,
        RootFile = parsed.GetValue(_root) is { } root ? Path.GetFullPath(root) : null,
    };

    /// <exception cref="UsageException">The words do not go together.</exception>
    public CloneRequest Request(ParseResult parsed)
    {
        var request = new CloneRequest
        {
            Versions = parsed.GetValue(_versions) ?? [],
            Components = (parsed.GetValue(_components) ?? []).Select(Component).GroupBy(component => component.Id, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group.SelectMany(component => component.Versions).Distinct()], StringComparer.Ordinal),
            Platforms = _platforms.Read(parsed),
            Full = parsed.GetValue(_full),
            Prefix = parsed.GetValue(_prefix),
            SkipMissing = parsed.GetValue(_skip),
        };
        return request is { Full: true } and not { Versions.Count: 0, Components.Count: 0, Prefix: false }
            ? throw new UsageException("--full takes everything; leave out the versions, --component and --prefix")
            : request;
    }

    private static (string Id, string[] Versions) Component(string word) => word.Split('=', 2) switch
    {
        [{ Length: > 0 } id] => (id, []),
        [{ Length: > 0 } id, { Length: > 0 } versions] => (id, versions.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
        _ => throw new UsageException($"'{word}' names no component; write --component dm-worker=v8.5.0,v8.5.1"),
    };
}
