using TiupDmNet.DataMigration.Tests.Scripted;

namespace TiupDmNet.DataMigration.Tests;

public sealed class ProxyTests
{
    [Fact]
    public async Task A_proxy_that_is_named_is_used()
    {
        await using var proxy = new ScriptedProcess();
        proxy.On("GET http://dm.invalid:8262/status", Reply.Text(Answers.Version));
        using var cluster = new DmCluster(new DmClusterSettings { Masters = [], Proxy = new Uri($"http://{proxy.Address}"), Limits = Clusters.Limits }, TimeProvider.System);

        Assert.Equal(Answers.Version, (await cluster.ProbeWorkerAsync("dm.invalid", 8262, default)).VersionText);
    }
}
