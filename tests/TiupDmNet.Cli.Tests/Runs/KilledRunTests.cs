using System.Diagnostics;
using DmDouble;
using TiupDmNet.Cli.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Cli.Tests.Runs;

/// <summary>The operator's machine goes down in the middle of a run: typing the same line again finishes it, whatever was half done.</summary>
public sealed class KilledRunTests(ThreeMasters running) : IClassFixture<ThreeMasters>
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
        var binary = running.Binary("dm-worker", commit);
        var from = DateTimeOffset.UtcNow;
        await KillAtAsync(moment, "dm-test", binary, "-R", "dm-worker", "-y", "--settle", "0.5");

        var again = await running.RunAsync("dm-test", binary, "-R", "dm-worker", "-y", "--settle", "0.5");

        Assert.True(again.ExitCode == 0, $"{again.Error}\n{Cluster.Logs()}");
        await AllRunAsync(Cluster.Workers, binary);
        var gaps = Cluster.Gaps(from, DateTimeOffset.UtcNow);
        Assert.Empty(gaps.Overlaps);
        Assert.Equal(0, gaps.Kills);
    }

    [Fact]
    public async Task The_next_run_lets_an_evicted_leader_lead_again()
    {
        var binary = running.Binary("dm-master", 'f');
        await KillAtAsync("  leader; asked to step down", "dm-test", binary, "-R", "dm-master", "-y", "--settle", "0.5");

        var again = await running.RunAsync("dm-test", binary, "-R", "dm-master", "-y", "--settle", "0.5");

        Assert.True(again.ExitCode == 0, $"{again.Error}\n{Cluster.Logs()}");
        Assert.Contains(" may lead again: an interrupted run had left it barred", again.Error, StringComparison.Ordinal);
        await AllRunAsync(Cluster.Masters, binary);
    }

    private async Task KillAtAsync(string moment, params string[] arguments)
    {
        using var process = running.Start(arguments);
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
}
