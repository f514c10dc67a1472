using System.CommandLine;
using System.Runtime.InteropServices;
using TiupDmNet.Mirror;

namespace TiupDmNet.Cli.Arguments;

/// <summary><c>--os</c> and <c>--arch</c>, in Go's words; uname's are understood too.</summary>
internal sealed class PlatformOptions
{
    private readonly Option<string?> _os = OptionTypes.Text("--os", "os", "Operating system of the hosts [default: linux]");
    private readonly Option<string?> _arch = OptionTypes.Text("--arch", "arch", "Architecture of the hosts: amd64 or arm64 [default: that of this machine]");

    public PlatformOptions()
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
    public Platform Read(ParseResult parsed)
    {
        try
        {
            return new Platform(parsed.GetValue(_os) ?? "linux", GoArch(parsed.GetValue(_arch)));
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    public static string GoArch(string? written) => written switch
    {
        null => RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64",
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        _ => written,
    };
}
