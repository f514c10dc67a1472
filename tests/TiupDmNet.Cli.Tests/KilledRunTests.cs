using System.Diagnostics;
using DmDouble;
using TiupDmNet.Cli.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Cli.Tests;

/// <summary>The operator's machine goes down in the middle of a run: typing the same line again finishes it, whatever was half done.</summary>
public sealed class KilledRunTests(KilledRunTests.RunningCluster running) : IClassFixture<KilledRunTests.RunningCluster>
{
    private LocalCluster Cluster => running.Cluster;

    [Theory]
    [InlineData("  stopping", 'a')]
    [InlineData("  stopped (", 'b')]
    [InlineData("  files replaced", 'c')]
    [InlineData("  started", 'd')]
    [InlineData("  healthy (", 'e')]
    public async Task The_same_line_finishes_a_worker_that_was_left_in_the_middle(string moment, char commit)
    {
        var binary = Binary("dm-worker", commit);
        var from = DateTimeOffset.UtcNow;
        await KillAtAsync(moment, "dm-test", binary, "-R", "dm-worker", "-y", "--settle", "0.5");

        var again = await RunAsync("dm-test", binary, "-R", "dm-worker", "-y", "--settle", "0.5");

        Assert.True(again.ExitCode == 0, $"{again.Error}\n{Cluster.Logs()}");
        await AllRunAsync(Cluster.Workers, binary);
        var gaps = Cluster.Gaps(from, DateTimeOffset.UtcNow);
        Assert.Empty(gaps.Overlaps);
        Assert.Equal(0, gaps.Kills);
    }

    [Fact]
    public async Task The_next_run_lets_an_evicted_leader_lead_again()
    {
        var binary = Binary("dm-master", 'f');
        await KillAtAsync("  leader; asked to step down", "dm-test", binary, "-R", "dm-master", "-y", "--settle", "0.5");

        var again = await RunAsync("dm-test", binary, "-R", "dm-master", "-y", "--settle", "0.5");

        Assert.True(again.ExitCode == 0, $"{again.Error}\n{Cluster.Logs()}");
        Assert.Contains(" may lead again: an interrupted run had left it barred", again.Error, StringComparison.Ordinal);
        await AllRunAsync(Cluster.Masters, binary);
    }

    private async Task KillAtAsync(string moment, params string[] arguments)
    {
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var seen = new List<string>();
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            seen.Add(line);
            if (line.Contains(moment, StringComparison.Ordinal))
            {
                process.Kill();
                await process.WaitForExitAsync();
                await output;
                return;
            }
        }

        Assert.Fail($"'{moment}' did not come:\n{string.Join('\n', seen)}");
    }

    /// <summary>On disk and in memory: this binary.</summary>
    private async Task AllRunAsync(IEnumerable<LayoutNode> nodes, string binary)
    {
        var wanted = await File.ReadAllBytesAsync(binary);
        foreach (var node in nodes)
        {
            Assert.Equal(wanted, await File.ReadAllBytesAsync(node.Binary));
            var pid = await Cluster.PropertyAsync(node, "MainPID", CancellationToken.None);
            Assert.Equal(wanted, await File.ReadAllBytesAsync($"/proc/{pid}/exe"));
            Assert.False(Directory.Exists(Path.Combine(node.DeployDir, ".dm-patch", "staged")));
        }
    }

    private string Binary(string component, char commit) => Cluster.Build(component, new BuildStamp("v8.5.0", new string(commit, 40), "hotfix", "2026-11-20 08:00:00"));

    private Process Start(params IEnumerable<string> arguments) => ChildProcess.Start(Cluster.Environment, ChildProcess.Program, [.. arguments, "--ssh", "none"]);

    private Task<Ran> RunAsync(params IEnumerable<string> arguments) => ChildProcess.EndAsync(Start(arguments));

    public sealed class RunningCluster : IAsyncLifetime
    {
        private readonly TempDirectory _directory = new();
        private LocalCluster? _cluster;

        public LocalCluster Cluster => _cluster ?? throw new InvalidOperationException("the cluster has not been started");

        public async ValueTask InitializeAsync() =>
            _cluster = await LocalCluster.StartAsync(_directory.Path, new LocalClusterOptions { Masters = 3, Workers = 2 }, CancellationToken.None);

        public async ValueTask DisposeAsync()
        {
            if (_cluster is not null)
            {
                await _cluster.DisposeAsync();
            }

            _directory.Dispose();
        }
    }
}
