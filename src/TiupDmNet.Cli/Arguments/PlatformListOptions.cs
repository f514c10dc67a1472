using System.CommandLine;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Arguments;

/// <summary><c>--os</c> and <c>--arch</c> as lists: every operating system with every architecture.</summary>
internal sealed class PlatformListOptions
{
    private readonly Option<string[]> _os = OptionTypes.List("--os", "os", "Operating systems of the hosts [default: linux]");
    private readonly Option<string[]> _arch = OptionTypes.List("--arch", "arch", "Architectures of the hosts [default: amd64,arm64]");

    public PlatformListOptions()
    {
        _os.CompletionSources.Add("linux", "darwin");
        _arch.CompletionSources.Add("amd64", "arm64");
    }

    public void AddTo(Command command)
    {
        command.Options.Add(_os);
        command.Options.Add(_arch);
    }

    /// <exception cref="UsageException">Not the name of a platform.</exception>
    public IReadOnlyList<Platform> Read(ParseResult parsed)
    {
        var systems = parsed.GetValue(_os) is { Length: > 0 } os ? os : ["linux"];
        var architectures = parsed.GetValue(_arch) is { Length: > 0 } arch ? arch : ["amd64", "arm64"];
        try
        {
            return [.. systems.SelectMany(system => architectures.Select(architecture => new Platform(system, PlatformOptions.GoArch(architecture)))).Distinct()];
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
