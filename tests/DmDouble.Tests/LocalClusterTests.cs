using TiupDmNet.TestSupport;

namespace DmDouble.Tests;

public class LocalClusterTests
{
    [Fact]
    public async Task A_cluster_runs_its_tasks_and_a_worker_that_stops_hands_its_source_over_without_overlap()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, new LocalClusterOptions(), CancellationToken.None);
        var from = DateTimeOffset.UtcNow;
        await Task.Delay(500);

        foreach (var worker in cluster.Workers)
        {
            await cluster.StopAsync(worker, CancellationToken.None);
            await cluster.StartAsync(worker, CancellationToken.None);
            await Task.Delay(2500);
        }

        foreach (var master in cluster.Masters)
        {
            await cluster.StopAsync(master, CancellationToken.None);
            await cluster.StartAsync(master, CancellationToken.None);
            await Task.Delay(2500);
        }

        var gaps = cluster.Gaps(from, DateTimeOffset.UtcNow);
        TestContext.Current.TestOutputHelper!.WriteLine(gaps.ToString());
        Assert.Empty(gaps.Overlaps);
        Assert.Equal(0, gaps.Kills);
        Assert.Equal(["task-1 on mysql-01", "task-1 on mysql-02"], gaps.Tasks.Select(gap => gap.What));
    }
}
