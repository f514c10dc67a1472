using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>The mirror's directory and that of its keys.</summary>
internal sealed class MirrorPlace(App app, bool withKeys = true)
{
    private readonly Option<string?> _mirror = OptionTypes.Text("--mirror", "directory", "The mirror [default: the one in use]");
    private readonly Option<string?> _keys = KeysOption();

    public static Option<string?> KeysOption() => OptionTypes.Text("--key-dir", "directory", "Where the private keys are [default: <mirror>-keys, beside the mirror]", "-k");

    public void AddTo(Command command)
    {
        command.Options.Add(_mirror);
        if (withKeys)
        {
            command.Options.Add(_keys);
        }
    }

    public string Directory(ParseResult parsed) => parsed.GetValue(_mirror) ?? InUse();

    public Task<MirrorPublisher> OpenAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var directory = Directory(parsed);
        return MirrorPublisher.OpenAsync(directory, parsed.GetValue(_keys) ?? MirrorPublisher.DefaultKeysDirectory(directory), app.Time, cancellation);
    }

    private string InUse()
    {
        using var mirror = app.Mirror();
        return mirror.Address.Contains("://", StringComparison.Ordinal)
            ? throw new UsageException($"the mirror in use, {mirror.Address}, is no directory on this machine; say which one to change with --mirror <directory>")
            : mirror.Address;
    }
}
