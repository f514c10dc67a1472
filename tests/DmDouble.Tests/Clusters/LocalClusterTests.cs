using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Clusters;

public class LocalClusterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Restarting_every_node_in_turn_loses_no_source_and_puts_no_two_workers_on_one()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, new LocalClusterOptions(), Cancellation);
        var from = DateTimeOffset.UtcNow;

        foreach (var node in cluster.Nodes)
        {
            await cluster.StopAsync(node, Cancellation);
            await cluster.StartAsync(node, Cancellation);
            await cluster.UntilWholeAsync(Cancellation);
        }

        var gaps = cluster.Gaps(from, DateTimeOffset.UtcNow);
        TestContext.Current.TestOutputHelper!.WriteLine(gaps.ToString());
        Assert.Empty(gaps.Overlaps);
        Assert.Equal(0, gaps.Kills);
        Assert.Empty(gaps.UnknownCalls);
        Assert.Equal(["task-1 on mysql-01", "task-1 on mysql-02"], gaps.Tasks.Select(gap => gap.What));
    }

    [Fact]
    public async Task Nothing_is_left_when_it_ends_even_of_a_node_that_ignores_sigterm()
    {
        using var directory = new TempDirectory();
        List<string> pids = [];
        await using (var cluster = await LocalCluster.StartAsync(directory.Path, new LocalClusterOptions { Masters = 1, Workers = 1, Sources = [] }, Cancellation))
        {
            cluster.Turn(cluster.Workers[0], k => k with { IgnoreTerm = true, GracefulStopMs = 100_000 });
            foreach (var node in cluster.Nodes)
            {
                pids.Add(await cluster.PropertyAsync(node, "MainPID", Cancellation));
            }
        }

        Assert.All(pids, pid => Assert.False(Directory.Exists("/proc/" + pid)));
        Assert.DoesNotContain(
            Directory.EnumerateDirectories("/proc").Where(d => char.IsDigit(Path.GetFileName(d)[0])),
            d => Environment(d).Contains(directory.Path, StringComparison.Ordinal));
    }

    private static string Environment(string process)
    {
        try
        {
            return File.ReadAllText(process + "/cmdline") + File.ReadAllText(process + "/environ");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
