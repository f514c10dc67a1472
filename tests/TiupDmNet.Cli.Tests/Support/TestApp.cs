using TiupDmNet.Cli.Output;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Cli.Tests.Support;

/// <summary>What a command said, and how it ended.</summary>
internal sealed record Ran(int ExitCode, string Output, string Error);

/// <summary>Runs commands in this process, with a TIUP_HOME of its own.</summary>
internal sealed class TestApp : IDisposable
{
    public TempDirectory Directory { get; } = new();

    public string Home => Directory["tiup"];

    public Dictionary<string, string> Environment { get; } = [];

    public Interrupts Interrupts { get; } = new();

    /// <summary>Null: nobody is there to ask.</summary>
    public string? Answer { get; set; }

    /// <summary>Standard error is a terminal that can move and colour.</summary>
    public bool IsLive { get; set; }

    public FakeSession? Session { get; set; }

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public string AuditDirectory => Path.Combine(Home, "storage", "dm", "audit");

    /// <summary>Writes the meta.yaml of a cluster with three masters and two workers.</summary>
    public void AddCluster(string name = "dm-test")
    {
        var directory = Path.Combine(Home, "storage", "dm", "clusters", name);
        System.IO.Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "meta.yaml"), Meta);
    }

    public async Task<Ran> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var surroundings = new Surroundings
        {
            Environment = name => name == "TIUP_HOME" ? Home : Environment.GetValueOrDefault(name),
            Time = Time,
            UserName = "dba",
            MachineName = "control",
            Terminal = new Terminal { Input = new StringReader(Answer ?? ""), Output = output, Error = error, CanAsk = Answer is not null, IsLive = IsLive },
        };
        var app = new App(surroundings, Interrupts, arguments)
        {
            Prepare = (context, request, planOnly, listener, cancellation) =>
                (Session ?? throw new InvalidOperationException("no session was expected")).PrepareAsync(context, request, planOnly, listener, cancellation),
        };
        var code = await new CommandLine(app).RunAsync();
        return new Ran(code, output.ToString(), error.ToString());
    }

    public void Dispose()
    {
        Interrupts.Dispose();
        Directory.Dispose();
    }

    private const string Meta =
        """
        user: tidb
        dm_version: v8.5.0
        topology:
          global:
            user: tidb
            ssh_port: 22
            ssh_type: builtin
            deploy_dir: /dm/deploy
            data_dir: /dm/data
            os: linux
            arch: amd64
          server_configs:
            master: {}
            worker: {}
            grafana: {}
          master_servers:
          - host: 127.0.0.1
            ssh_port: 22
            name: m1
            port: 1
            peer_port: 2
            deploy_dir: /dm/deploy/dm-master-1
            data_dir: /dm/data/dm-master-1
            arch: amd64
            os: linux
          worker_servers:
          - host: 127.0.0.1
            ssh_port: 22
            patched: true
            name: w1
            port: 3
            deploy_dir: /dm/deploy/dm-worker-3
            arch: amd64
            os: linux
        """;
}
