using TiupDmNet.Cli.Arguments;
using TiupDmNet.Cli.Output;
using TiupDmNet.Clusters;
using TiupDmNet.Mirror;
using TiupDmNet.Rollout;
using TiupDmNet.Storage;

namespace TiupDmNet.Cli;

/// <summary>The composition root: makes what commands work with, when they first need it.</summary>
internal sealed class App(Surroundings surroundings, Interrupts interrupts, IReadOnlyList<string> arguments)
{
    private TiupHome? _home;

    public Terminal Terminal => surroundings.Terminal;

    public TimeProvider Time => surroundings.Time;

    public Interrupts Interrupts => interrupts;

    /// <summary>What was typed after the program's name.</summary>
    public IReadOnlyList<string> Arguments => arguments;

    /// <summary>The line that does the same again; without secrets.</summary>
    public IReadOnlyList<string> TypedCommand { get; } = ["dotnet", "dm-patch", .. TypedWords.Of(arguments)];

    /// <summary>How a patch is prepared; tests put their own in its place.</summary>
    public PrepareSession Prepare { get; init; } = RolloutSession.PrepareAsync;

    /// <summary>True from the moment in which a command may have changed something.</summary>
    public bool HasBegun { get; set; }

    public TiupHome Home => _home ??= TiupHome.Resolve(surroundings.Environment);

    public ClusterStore Clusters => new(Home, Time);

    public RolloutContext Rollout(Globals globals) => new()
    {
        Home = Home,
        Clusters = Clusters,
        Time = Time,
        Operator = surroundings.UserName,
        Machine = surroundings.MachineName,
        Concurrency = globals.Concurrency,
        WaitTimeout = globals.WaitTimeout,
        Connection = new ConnectionSettings
        {
            Engine = globals.Ssh,
            ConnectTimeout = globals.SshTimeout,
            SshProgram = Variable("TIUP_SSH_PATH") ?? "ssh",
            SocketParent = Variable("XDG_RUNTIME_DIR") ?? "/tmp",
        },
    };

    /// <summary>HTTP_PROXY, HTTPS_PROXY and NO_PROXY hold for the mirror only, where the runtime heeds them.</summary>
    public MirrorSettings MirrorSettings => new()
    {
        Home = Home,
        AddressOverride = Variable("TIUP_MIRRORS"),
        FallbackAddresses = Variable("DMPATCH_MIRROR_FALLBACK")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
        CertificateAuthorityFile = Variable("DMPATCH_MIRROR_CA"),
    };

    public MirrorClient Mirror() => new(MirrorSettings, Time);

    public MirrorProfile MirrorProfile() => new(MirrorSettings, Time);

    /// <exception cref="StorageException">The record cannot be written; then nothing may be changed.</exception>
    public AuditLog BeginAudit() => AuditLog.Begin(Home, Time, ["dotnet-dm-patch", .. arguments.Select(TypedWords.WithoutSecret)], Variable("TIUP_AUDIT_ID"));

    private string? Variable(string name) => surroundings.Environment(name) is { Length: > 0 } value ? value : null;
}
