using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using TiupDmNet.DataMigration.Tests.Scripted;
using TiupDmNet.TestSupport;

namespace TiupDmNet.DataMigration.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly TestCa _ca = new();

    [Theory]
    [InlineData("PKCS#1")]
    [InlineData("SEC1")]
    [InlineData("PKCS#8")]
    public async Task Shows_the_clusters_client_certificate_whatever_form_its_key_has(string kind)
    {
        // The certificate is for dm-master-1.internal and is reached as 127.0.0.1, like a node by its manage_host.
        await using var master = new ScriptedMaster("m1", _ca.Server()).Well();
        using var cluster = Of(master.Endpoint, _ca.WriteClientFiles(_directory, kind));

        Assert.Equal("m1", (await cluster.ObserveAsync(default)).Leader);
    }

    [Fact]
    public async Task Refuses_a_server_of_another_ca()
    {
        using var other = new TestCa("Other CA");
        await using var master = new ScriptedMaster("m1", _ca.Server(other.Issue("impostor"))).Well();
        using var cluster = Of(master.Endpoint, _ca.WriteClientFiles(_directory));

        await RefusesAsync(
            cluster.ObserveThroughAsync(master.Endpoint, default),
            $"{master.Title} presents a certificate that the cluster's CA ({_directory["ca.crt"]}) did not sign (CN=impostor, issued by CN=Other CA)");
    }

    [Fact]
    public async Task Refuses_a_server_whose_certificate_has_expired()
    {
        var expired = new DateTimeOffset(DateTimeOffset.UtcNow.AddDays(-2).Date, TimeSpan.Zero);
        await using var master = new ScriptedMaster("m1", _ca.Server(_ca.Issue("dm-master", expired))).Well();
        using var cluster = Of(master.Endpoint, _ca.WriteClientFiles(_directory));

        await RefusesAsync(
            cluster.ObserveThroughAsync(master.Endpoint, default),
            $"{master.Title} presents a certificate that expired on {expired:yyyy-MM-dd} 00:00 UTC");
    }

    [Fact]
    public async Task Refuses_a_server_whose_issuer_has_expired()
    {
        var expired = new DateTimeOffset(DateTimeOffset.UtcNow.AddDays(-2).Date, TimeSpan.Zero);
        using var old = new TestCa("Old CA", expired);
        await using var master = new ScriptedMaster("m1", old.Server()).Well();
        using var cluster = Of(master.Endpoint, old.WriteClientFiles(_directory));

        await RefusesAsync(
            cluster.ObserveThroughAsync(master.Endpoint, default),
            $"{master.Title} presents a certificate whose issuer CN=Old CA expired on {expired:yyyy-MM-dd} 00:00 UTC");
    }

    [Fact]
    public async Task Refuses_a_server_that_shows_a_clients_certificate()
    {
        await using var master = new ScriptedMaster("m1", _ca.Server(_ca.Issue("client", forServers: false))).Well();
        using var cluster = Of(master.Endpoint, _ca.WriteClientFiles(_directory));

        await RefusesAsync(cluster.ObserveThroughAsync(master.Endpoint, default), $"{master.Title} presents a certificate that is not for server use");
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Says_that_the_server_refused_our_certificate(string version)
    {
        using var other = new TestCa("Other CA");
        var files = other.WriteClientFiles(_directory);
        await File.WriteAllTextAsync(files.Ca, _ca.Pem);
        await using var server = await OpenSslServer.StartAsync(_ca, _directory, version);
        using var cluster = Of(server.Endpoint, files);

        await RefusesAsync(
            cluster.ObserveThroughAsync(server.Endpoint, default),
            $"dm-master m1 ({server.Endpoint.Address}) refused our client certificate {files.ClientCertificate} (TLS alert: unknown ca)");
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Says_that_our_certificate_has_expired_when_the_server_refuses_it(string version)
    {
        var expired = new DateTimeOffset(DateTimeOffset.UtcNow.AddDays(-2).Date, TimeSpan.Zero);
        var files = _ca.WriteClientFiles(_directory, expires: expired);
        await using var server = await OpenSslServer.StartAsync(_ca, _directory, version);
        using var cluster = Of(server.Endpoint, files);

        await RefusesAsync(
            cluster.ObserveThroughAsync(server.Endpoint, default),
            $"dm-master m1 ({server.Endpoint.Address}) refused our client certificate {files.ClientCertificate} (TLS alert: certificate expired); it expired on {expired:yyyy-MM-dd} 00:00 UTC");
    }

    [Fact]
    public async Task An_alert_about_something_else_is_not_blamed_on_the_certificate()
    {
        await using var server = await OpenSslServer.StartAsync(_ca, _directory, "-tls1_2", "-cipher", "PSK-AES128-GCM-SHA256");
        using var cluster = Of(server.Endpoint, _ca.WriteClientFiles(_directory));

        await RefusesAsync(
            cluster.ObserveThroughAsync(server.Endpoint, default),
            $"dm-master m1 ({server.Endpoint.Address}) ended the TLS handshake (TLS alert: handshake failure)");
    }

    [Fact]
    public async Task Guesses_that_the_server_refused_our_certificate_when_it_hangs_up_without_a_reason()
    {
        var files = _ca.WriteClientFiles(_directory);
        await using var master = new ScriptedMaster("m1", _ca.Server()).Members(Reply.Bytes(""));
        using var cluster = Of(master.Endpoint, files);

        var failure = await Clusters.FailureOf(cluster.ObserveThroughAsync(master.Endpoint, default));

        Assert.Equal($"{master.Title} closed the connection without a whole answer, perhaps because it refused our client certificate {files.ClientCertificate}", failure.Message);
        Assert.False(failure.TlsFailed);
    }

    [Fact]
    public async Task Says_that_a_server_does_not_use_tls()
    {
        await using var master = new ScriptedMaster("m1").Well();
        using var cluster = Of(master.Endpoint, _ca.WriteClientFiles(_directory));

        await RefusesAsync(
            cluster.ObserveThroughAsync(master.Endpoint, default),
            $"{master.Title} and we cannot agree on TLS, perhaps it does not use it (Cannot determine the frame size or a corrupted frame was received)");
    }

    [Fact]
    public async Task Says_that_a_server_uses_tls()
    {
        await using var master = new ScriptedMaster("m1").Members(Reply.Text("Client sent an HTTP request to an HTTPS server.\n", 400));
        using var cluster = Clusters.Of(master);

        var failure = await Clusters.FailureOf(cluster.ObserveMembersThroughAsync(master.Endpoint, default));

        Assert.Equal($"{master.Title} answers GET /apis/v1alpha1/members?leader=true&master=true&worker=true with HTTP 400: Client sent an HTTP request to an HTTPS server.", failure.Message);
        Assert.Equal(DmFailure.Refused, failure.Failure);
    }

    [Fact]
    public async Task Says_that_a_server_never_takes_the_connection()
    {
        // A dm-master binds its port early and takes nothing from it before its etcd is ready.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var endpoint = new MasterEndpoint("m1", "127.0.0.1", ((IPEndPoint)silent.LocalEndpoint).Port);
        using var cluster = new DmCluster(
            new DmClusterSettings { Masters = [endpoint], Tls = _ca.WriteClientFiles(_directory), Limits = Clusters.Limits with { Connect = TimeSpan.FromMilliseconds(250) } },
            TimeProvider.System);

        var failure = await Clusters.FailureOf(cluster.ObserveAsync(default));

        Assert.Equal($"dm-master m1 ({endpoint.Address}) did not accept a connection within 0.25 s", failure.Message);
        Assert.False(failure.TlsFailed);
    }

    [Fact]
    public async Task A_node_that_is_down_is_not_a_tls_failure()
    {
        var files = _ca.WriteClientFiles(_directory);
        using var cluster = new DmCluster(new DmClusterSettings { Masters = [new("m1", "127.0.0.1", 1)], Tls = files }, TimeProvider.System);

        var failure = await Clusters.FailureOf(cluster.ObserveAsync(default));

        Assert.Equal("dm-master m1 (127.0.0.1:1) refuses connections", failure.Message);
        Assert.False(failure.TlsFailed);
    }

    [Theory]
    [InlineData("ca.crt", "the cluster's CA certificate")]
    [InlineData("client.crt", "the cluster's client certificate")]
    [InlineData("client.pem", "the cluster's client key")]
    public async Task Names_the_file_that_is_missing(string file, string what)
    {
        var files = _ca.WriteClientFiles(_directory);
        File.Delete(_directory[file]);
        await using var master = new ScriptedMaster("m1", _ca.Server()).Well();
        using var cluster = Of(master.Endpoint, files);

        await RefusesAsync(cluster.ObserveThroughAsync(master.Endpoint, default), $"cannot read {what} {_directory[file]}: there is no such file");
    }

    [Fact]
    public async Task Names_the_file_that_holds_no_certificate()
    {
        var files = _ca.WriteClientFiles(_directory);
        await File.WriteAllTextAsync(files.Ca, "nothing");
        await using var master = new ScriptedMaster("m1", _ca.Server()).Well();
        using var cluster = Of(master.Endpoint, files);

        await RefusesAsync(cluster.ObserveThroughAsync(master.Endpoint, default), $"the cluster's CA certificate {files.Ca} cannot be used: it holds no certificate");
    }

    [Fact]
    public async Task Reaches_a_worker_that_speaks_only_its_own_protocols_besides_http_1_1()
    {
        // dm-worker offers h2, which it takes for gRPC only, and a mistyped http/1.2 (dm-api.md §1.2).
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificate = _ca.Issue("dm-worker"),
            ApplicationProtocols = [SslApplicationProtocol.Http2, new SslApplicationProtocol("http/1.2")],
        };
        await using var worker = new ScriptedProcess(options);
        worker.On("GET /status", Reply.Text(Answers.Version));
        using var cluster = new DmCluster(new DmClusterSettings { Masters = [], Tls = _ca.WriteClientFiles(_directory), Limits = Clusters.Limits }, TimeProvider.System);

        Assert.Equal(Answers.Version, (await cluster.ProbeWorkerAsync("127.0.0.1", worker.Port, default)).VersionText);
    }

    public void Dispose()
    {
        _ca.Dispose();
        _directory.Dispose();
    }

    private static DmCluster Of(MasterEndpoint master, TlsFiles files) =>
        new(new DmClusterSettings { Masters = [master], Tls = files, Limits = Clusters.Limits }, TimeProvider.System);

    private static async Task RefusesAsync(Task asked, string message)
    {
        var failure = await Clusters.FailureOf(asked);
        Assert.Equal(message, failure.Message);
        Assert.Equal(DmFailure.Unreachable, failure.Failure);
        Assert.True(failure.TlsFailed);
    }
}
