using System.Net;
using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Clusters;

public class TlsTests
{
    [Fact]
    public async Task A_cluster_with_certificates_lets_in_only_who_has_one()
    {
        using var directory = new TempDirectory();
        await using var cluster = await LocalCluster.StartAsync(directory.Path, new LocalClusterOptions { Tls = true, Workers = 1, Sources = [new("mysql-01", [new("task-1")])] }, TestContext.Current.CancellationToken);
        Assert.Contains("enable_tls: true", await File.ReadAllTextAsync(cluster.MetaYaml, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await cluster.CallAsync(cluster.Masters[1], "GET", "/health")).Status);

        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Issuer == "CN=TiUP, O=PingCAP";
        using var stranger = new HttpClient(handler);

        _ = await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetAsync(cluster.UriOf(cluster.Masters[0], "/health"), TestContext.Current.CancellationToken));
        // As Go's listener: dm-worker asks for no certificate.
        using var answer = await stranger.GetAsync(cluster.UriOf(cluster.Workers[0], "/status"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("https://", (await cluster.CallAsync(cluster.Masters[0], "GET", "/apis/v1alpha1/members?master=true")).Body, StringComparison.Ordinal);
    }
}
