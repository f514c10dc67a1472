using System.CommandLine;

namespace TiupDmNet.Cli.Arguments;

/// <summary>The values of the options that every command takes.</summary>
internal sealed record Globals
{
    public bool Yes { get; init; }

    public int Concurrency { get; init; } = 5;

    /// <summary>Null: as meta.yaml says.</summary>
    public string? Ssh { get; init; }

    public TimeSpan SshTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan WaitTimeout { get; init; } = TimeSpan.FromSeconds(120);

    public bool Json { get; init; }
}

/// <summary>TiUP's persistent options (pingcap/tiup components/dm/command/root.go:129).</summary>
internal sealed class GlobalOptions
{
    private const string JsonFormat = "json";

    private readonly Option<bool> _yes = OptionTypes.Flag("--yes", "Do not ask for confirmation", "-y");
    private readonly Option<int> _concurrency = OptionTypes.Count("--concurrency", 5, "How many hosts to work on at once where order does not matter", "-c");
    private readonly Option<string?> _ssh = OptionTypes.OneOf("--ssh", "How to reach the hosts: the OpenSSH client, or none when they are this machine [default: as meta.yaml says]", "system", "builtin", "none");
    private readonly Option<double> _sshTimeout = OptionTypes.Seconds("--ssh-timeout", 5, "How long connecting to a host may take");
    private readonly Option<double> _waitTimeout = OptionTypes.Seconds("--wait-timeout", 120, "How long a systemctl command, or a node until it is healthy, may take");
    private readonly Option<string?> _format = OptionTypes.OneOf("--format", "How to write results [default: default]", "default", JsonFormat);

    public void AddTo(Command root)
    {
        foreach (var option in (Option[])[_yes, _concurrency, _ssh, _sshTimeout, _waitTimeout, _format])
        {
            option.Recursive = true;
            root.Options.Add(option);
        }
    }

    public Globals Read(ParseResult parsed) => new()
    {
        Yes = parsed.GetValue(_yes),
        Concurrency = parsed.GetValue(_concurrency),
        Ssh = parsed.GetValue(_ssh),
        SshTimeout = TimeSpan.FromSeconds(parsed.GetValue(_sshTimeout)),
        WaitTimeout = TimeSpan.FromSeconds(parsed.GetValue(_waitTimeout)),
        Json = WantsJson(parsed),
    };

    /// <summary>Also where the rest of the command line makes no sense.</summary>
    public bool WantsJson(ParseResult parsed) =>
        parsed.GetResult(_format) is { Errors: var errors, Tokens: [var format, ..] } && !errors.Any() && format.Value == JsonFormat;
}
