using System.CommandLine;
using TiupDmNet.Cli.Arguments;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Commands.Mirrors;

/// <summary>Where the private keys are.</summary>
/// <param name="throughServer">The owner's key alone will do, for a tiup-server.</param>
internal sealed class KeyOptions(bool throughServer = false)
{
    private readonly Option<string?> _directory = throughServer
        ? OptionTypes.Text("--key-dir", "path", "Where the private keys are, or for a URL the owner's key [default: <mirror>-keys, beside the mirror; for a URL keys in TIUP_HOME]", "-k")
        : DirectoryOption();

    private readonly Option<bool> _served = OptionTypes.Flag("--allow-keys-in-mirror", "Private keys may lie in the mirror's directory, as TiUP keeps them: whoever is served that directory can publish");

    public static Option<string?> DirectoryOption() => OptionTypes.Text("--key-dir", "directory", "Where the private keys are [default: <mirror>-keys, beside the mirror]", "-k");

    public void AddTo(Command command)
    {
        command.Options.Add(_directory);
        command.Options.Add(_served);
    }

    public bool IsGiven(ParseResult parsed) => Directory(parsed) is not null;

    /// <summary>Null for the default.</summary>
    public string? Directory(ParseResult parsed) => parsed.GetValue(_directory);

    public ServedKeys Served(ParseResult parsed) => parsed.GetValue(_served) ? ServedKeys.Allowed : ServedKeys.Refused;
}
