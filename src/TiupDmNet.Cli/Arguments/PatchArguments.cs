using System.CommandLine;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Arguments;

/// <summary>What <c>patch</c> and <c>plan</c> take (pingcap/tiup components/dm/command/patch.go).</summary>
internal sealed class PatchArguments
{
    private readonly Argument<string> _cluster = OptionTypes.Word("cluster", "Name of the cluster, as in `list`");
    private readonly Argument<string> _package = OptionTypes.Word("package", "A component package (.tar.gz), or a raw binary");
    private readonly NodeOptions _nodes = new();
    private readonly Option<bool> _overwrite = OptionTypes.Flag("--overwrite", "Let later scale-outs install this package");
    private readonly Option<bool> _offline = OptionTypes.Flag("--offline", "The nodes are stopped: replace their files and leave them stopped");
    private readonly Option<double> _settle = OptionTypes.Seconds("--settle", 10, "How long a node must stay healthy before the next one is touched");
    private readonly Option<bool> _outage = OptionTypes.Flag("--accept-control-plane-outage", "Go on although with fewer than three dm-masters the control plane is away while one restarts");
    private readonly Option<bool> _load = OptionTypes.Flag("--allow-load-restart", "Restart workers although a task of theirs is dumping or loading");
    private readonly Option<bool> _release = OptionTypes.Flag("--allow-other-release", "Accept a build of another release series than the one that runs");

    public void AddTo(Command command, App app)
    {
        _cluster.CompletionSources.Add(_ => Completions.Clusters(app));
        command.Arguments.Add(_cluster);
        command.Arguments.Add(_package);
        _nodes.AddTo(command);
        foreach (var option in (Option[])[_overwrite, _offline, _settle, _outage, _load, _release])
        {
            command.Options.Add(option);
        }
    }

    public PatchRequest Read(ParseResult parsed, App app) => new()
    {
        Cluster = parsed.GetRequiredValue(_cluster),
        Package = parsed.GetRequiredValue(_package),
        Nodes = _nodes.Nodes(parsed),
        Roles = _nodes.Roles(parsed),
        Overwrite = parsed.GetValue(_overwrite),
        Offline = parsed.GetValue(_offline),
        Settle = TimeSpan.FromSeconds(parsed.GetValue(_settle)),
        AcceptControlPlaneOutage = parsed.GetValue(_outage),
        AllowLoadRestart = parsed.GetValue(_load),
        AllowOtherRelease = parsed.GetValue(_release),
        CommandLine = app.TypedCommand,
    };
}

/// <summary><c>-N</c> and <c>-R</c></summary>
internal sealed class NodeOptions
{
    private readonly Option<string[]> _nodes = OptionTypes.List("--node", "host:port,…", "Only these nodes", "-N");
    private readonly Option<string[]> _roles = OptionTypes.List("--role", "role,…", "Only nodes of these roles", "-R");

    public NodeOptions() => _roles.CompletionSources.Add("dm-master", "dm-worker", "prometheus", "grafana", "alertmanager");

    public void AddTo(Command command)
    {
        command.Options.Add(_nodes);
        command.Options.Add(_roles);
    }

    public IReadOnlyList<string> Nodes(ParseResult parsed) => parsed.GetValue(_nodes) ?? [];

    public IReadOnlyList<string> Roles(ParseResult parsed) => parsed.GetValue(_roles) ?? [];
}
