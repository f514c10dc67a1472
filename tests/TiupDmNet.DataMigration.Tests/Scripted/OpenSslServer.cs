using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using TiupDmNet.TestSupport;

namespace TiupDmNet.DataMigration.Tests.Scripted;

/// <summary>
/// OpenSSL's own test server, which requires a client certificate and, unlike the runtime's TLS server, tells by an alert why it refuses
/// one, as Go's does.
/// </summary>
internal sealed class OpenSslServer : IAsyncDisposable
{
    private readonly Process _process;

    private OpenSslServer(Process process, int port)
    {
        _process = process;
        Endpoint = new MasterEndpoint("m1", "127.0.0.1", port);
    }

    public MasterEndpoint Endpoint { get; }

    public static async Task<OpenSslServer> StartAsync(TestCa ca, TempDirectory directory, string version)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/openssl"), "there is no /usr/bin/openssl here");
        using var certificate = ca.Issue("dm-master");
        await File.WriteAllTextAsync(directory["server.crt"], certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(directory["server.pem"], certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(directory["clients-ca.crt"], ca.Pem);
        var port = FreePort();
        var process = Process.Start(new ProcessStartInfo("/usr/bin/openssl", [
            "s_server", "-www", version, "-accept", $"127.0.0.1:{port}", "-cert", directory["server.crt"], "-key", directory["server.pem"],
            "-CAfile", directory["clients-ca.crt"], "-Verify", "1", "-verify_return_error",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        _ = process.StandardError.ReadToEndAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line && line != "ACCEPT")
        {
        }

        return new OpenSslServer(process, port);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
