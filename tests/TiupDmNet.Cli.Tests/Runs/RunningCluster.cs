using System.Diagnostics;
using DmDouble;
using TiupDmNet.Cli.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Cli.Tests.Runs;

/// <summary>A cluster of stand-ins on this machine, and the built program with its operator's environment. The tests of a class share one.</summary>
public abstract class RunningCluster(int masters) : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private LocalCluster? _cluster;

    public LocalCluster Cluster => _cluster ?? throw new InvalidOperationException("the cluster has not been started");

    /// <summary>A place for files of the operator.</summary>
    public string this[string name] => Path.Combine(Directory.CreateDirectory(_directory["operator"]).FullName, name);

    public async ValueTask InitializeAsync() =>
        _cluster = await LocalCluster.StartAsync(_directory["cluster"], new LocalClusterOptions { Masters = masters, Workers = 2 }, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A hotfix. Each test patches with a build of its own.</summary>
    public string Binary(string component, char commit, string version = "v8.5.0") =>
        Cluster.Build(component, new BuildStamp(version, new string(commit, 40), "hotfix", "2026-11-20 08:00:00"));

    /// <summary>With <c>--ssh none</c>, unless the arguments say otherwise.</summary>
    public Process Start(params IReadOnlyList<string> arguments) =>
        ChildProcess.Start(Cluster.Environment, ChildProcess.Program, arguments.Contains("--ssh") ? arguments : [.. arguments, "--ssh", "none"]);

    internal Task<Ran> RunAsync(params IReadOnlyList<string> arguments) => ChildProcess.EndAsync(Start(arguments));
}

public sealed class OneMaster() : RunningCluster(1);

public sealed class ThreeMasters() : RunningCluster(3);
