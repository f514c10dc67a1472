using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>The mirror's directory and that of its keys.</summary>
/// <param name="throughServer">A URL will do: that of a tiup-server.</param>
internal sealed class MirrorPlace(App app, bool throughServer = false)
{
    private readonly Option<string?> _mirror = throughServer
        ? OptionTypes.Text("--mirror", "directory|url", "The mirror to publish on, a directory or a tiup-server [default: the one in use]")
        : OptionTypes.Text("--mirror", "directory", "The mirror [default: the one in use]");

    private readonly Option<string?> _keys = throughServer
        ? OptionTypes.Text("--key-dir", "path", "Where the private keys are, or for a URL the owner's key [default: <mirror>-keys, beside the mirror; for a URL keys in TIUP_HOME]", "-k")
        : KeysOption();

    public static Option<string?> KeysOption() => OptionTypes.Text("--key-dir", "directory", "Where the private keys are [default: <mirror>-keys, beside the mirror]", "-k");

    public void AddTo(Command command)
    {
        command.Options.Add(_mirror);
        command.Options.Add(_keys);
    }

    /// <summary>For what can be done through a tiup-server too.</summary>
    public Task<IVersionPublisher> OpenForVersionsAsync(ParseResult parsed, CancellationToken cancellation) =>
        VersionPublisher.OpenAsync(parsed.GetValue(_mirror), parsed.GetValue(_keys), app.MirrorSettings, app.Time, cancellation);

    /// <summary>True if any of its options was given.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_mirror) is not null || parsed.GetValue(_keys) is not null;

    public string Directory(ParseResult parsed) => parsed.GetValue(_mirror) ?? InUse();

    public string Keys(ParseResult parsed, string directory) => parsed.GetValue(_keys) ?? MirrorPublisher.DefaultKeysDirectory(directory);

    public Task<MirrorPublisher> OpenAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var directory = Directory(parsed);
        return MirrorPublisher.OpenAsync(directory, Keys(parsed, directory), app.Time, cancellation);
    }

    private string InUse()
    {
        using var mirror = app.Mirror();
        return mirror.Address.Contains("://", StringComparison.Ordinal)
            ? throw new UsageException($"the mirror in use, {mirror.Address}, is no directory on this machine; say which one to change with --mirror <directory>")
            : mirror.Address;
    }
}
