using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using DmDouble.Layout;
using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Clusters;

public class MembershipTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_master_that_joins_is_a_member_until_it_is_removed()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(
            directory["cluster"], new LocalClusterOptions { Masters = 1, Workers = 1, Sources = [] }, Cancellation);
        var master = cluster.Masters[0];
        using var ports = new PortLease(2);
        var (client, peer) = (ports.Ports.Dequeue(), ports.Ports.Dequeue());
        var program = cluster.Build("dm-master", new BuildStamp("v8.5.0", "joined"));
        Directory.CreateDirectory(directory["new"]);

        using var joining = Process.Start(new ProcessStartInfo(
            program,
            [
                "--name=new", $"--master-addr=127.0.0.1:{client}", $"--advertise-addr=127.0.0.1:{client}", $"--peer-urls=http://127.0.0.1:{peer}",
                $"--advertise-peer-urls=http://127.0.0.1:{peer}", "--data-dir=data", $"--join={master.Id}",
            ])
        { WorkingDirectory = directory["new"] })!;
        try
        {
            // Two are a quorum of two: until the new one is up, the old one cannot do a thing.
            await Until.TrueAsync(
                async () => await cluster.CallAsync(master, "GET", "/apis/v1alpha1/members?master=true") is (HttpStatusCode.OK, var text) && text.Split("\"alive\": true").Length == 3,
                "the new member");
            var throughIt = await cluster.JsonAsync(new LayoutNode("dm-master", "127.0.0.1", client, peer, ""), "GET", "/apis/v1alpha1/members?leader=true");
            Assert.Equal(master.Name, throughIt["members"]![0]!["leader"]!["name"]!.GetValue<string>());

            Assert.True((await cluster.JsonAsync(master, "DELETE", "/apis/v1alpha1/members/master/new"))["result"]!.GetValue<bool>());
            Assert.Equal(master.Name, Assert.Single(await MastersAsync())!["name"]!.GetValue<string>());
        }
        finally
        {
            joining.Kill();
            await joining.WaitForExitAsync(Cancellation);
        }

        await cluster.UntilWholeAsync(Cancellation);

        async Task<JsonArray> MastersAsync() =>
            (await cluster.JsonAsync(master, "GET", "/apis/v1alpha1/members?master=true"))["members"]![0]!["master"]!["masters"]!.AsArray();
    }

    [Fact]
    public async Task A_worker_is_forgotten_only_when_it_is_removed()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, new LocalClusterOptions { Masters = 1, Workers = 1, Sources = [] }, Cancellation);
        var (master, worker) = (cluster.Masters[0], cluster.Workers[0]);
        await cluster.StopAsync(worker, Cancellation);
        Assert.Equal(("offline", ""), (await cluster.WorkersAsync(master))[worker.Name]);

        Assert.True((await cluster.JsonAsync(master, "DELETE", $"/apis/v1alpha1/members/worker/{worker.Name}"))["result"]!.GetValue<bool>());

        Assert.Empty(await cluster.WorkersAsync(master));
        Assert.Equal(
            $"[code=46004:class=scheduler:scope=internal:level=medium], Message: dm-worker with name {worker.Name} not exists",
            (await cluster.JsonAsync(master, "DELETE", $"/apis/v1alpha1/members/worker/{worker.Name}"))["msg"]!.GetValue<string>());
    }
}
