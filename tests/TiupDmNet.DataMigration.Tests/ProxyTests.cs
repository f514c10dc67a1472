using System.Runtime.CompilerServices;
using TiupDmNet.DataMigration.Tests.Scripted;

namespace TiupDmNet.DataMigration.Tests;

public sealed class ProxyTests
{
    /// <summary>A proxy that does not exist, for the whole test process: every test here shows that it is not used.</summary>
    [ModuleInitializer]
    internal static void PretendThatThereIsAProxy()
    {
        Environment.SetEnvironmentVariable("http_proxy", "http://127.0.0.1:1");
        Environment.SetEnvironmentVariable("https_proxy", "http://127.0.0.1:1");
        Environment.SetEnvironmentVariable("no_proxy", null);
    }

    [Fact]
    public async Task A_proxy_of_the_environment_is_ignored()
    {
        await using var master = new ScriptedMaster("m1").Well();
        using var cluster = Clusters.Of(master);

        Assert.Equal("m1", (await cluster.ObserveAsync(default)).Leader);
    }

    [Fact]
    public async Task A_proxy_that_is_named_is_used()
    {
        await using var proxy = new ScriptedProcess();
        proxy.On("GET http://dm.invalid:8262/status", Reply.Text(Answers.Version));
        using var cluster = new DmCluster(new DmClusterSettings { Masters = [], Proxy = new Uri($"http://{proxy.Address}"), Limits = Clusters.Limits }, TimeProvider.System);

        Assert.Equal(Answers.Version, (await cluster.ProbeWorkerAsync("dm.invalid", 8262, default)).VersionText);
    }
}
