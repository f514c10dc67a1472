using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>The mirror to change, and its keys.</summary>
/// <param name="throughServer">A URL will do: that of a tiup-server.</param>
internal sealed class MirrorPlace(App app, bool throughServer = false)
{
    private readonly Option<string?> _mirror = throughServer
        ? OptionTypes.Text("--mirror", "directory|url", "The mirror to publish on, a directory or a tiup-server [default: the one in use]")
        : OptionTypes.Text("--mirror", "directory", "The mirror [default: the one in use]");

    public KeyOptions Keys { get; } = new(throughServer);

    public void AddTo(Command command)
    {
        command.Options.Add(_mirror);
        Keys.AddTo(command);
    }

    /// <summary>True if any of its options was given.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_mirror) is not null || Keys.IsGiven(parsed);

    public string Directory(ParseResult parsed) => parsed.GetValue(_mirror) ?? InUse();

    public Task<MirrorPublisher> OpenAsync(ParseResult parsed, CancellationToken cancellation) =>
        MirrorPublisher.OpenAsync(Directory(parsed), Keys.Directory(parsed), app.Time, Keys.Served(parsed), cancellation);

    /// <summary>For what can be done through a tiup-server too.</summary>
    public Task<IVersionPublisher> OpenForVersionsAsync(ParseResult parsed, CancellationToken cancellation) =>
        VersionPublisher.OpenAsync(parsed.GetValue(_mirror), Keys.Directory(parsed), app.MirrorSettings, app.Time, Keys.Served(parsed), cancellation);

    private string InUse()
    {
        using var mirror = app.Mirror();
        return mirror.Address.Contains("://", StringComparison.Ordinal)
            ? throw new UsageException($"the mirror in use, {mirror.Address}, is no directory on this machine; say which one to change with --mirror <directory>")
            : mirror.Address;
    }
}
