using System.Diagnostics.CodeAnalysis;
using TiupDmNet.Cli.Output;

namespace TiupDmNet.Cli;

/// <summary>What the program finds around it: the one place that reads the environment.</summary>
internal sealed record Surroundings
{
    /// <summary>Looks an environment variable up.</summary>
    public required Func<string, string?> Environment { get; init; }

    public required TimeProvider Time { get; init; }

    public required string UserName { get; init; }

    public required string MachineName { get; init; }

    public required Terminal Terminal { get; init; }

    [SuppressMessage("ApiDesign", "RS0030", Justification = "This is the composition root.")]
    public static Surroundings OfProcess()
    {
        Func<string, string?> environment = System.Environment.GetEnvironmentVariable;
        return new Surroundings
        {
            Environment = environment,
            Time = TimeProvider.System,
            UserName = environment("USER") is { Length: > 0 } user ? user : System.Environment.UserName,
            MachineName = System.Environment.MachineName,
            Terminal = Terminal.OfProcess(environment),
        };
    }
}
