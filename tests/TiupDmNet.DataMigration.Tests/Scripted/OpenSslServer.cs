using System.Diagnostics;
using System.Net;
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

    public static async Task<OpenSslServer> StartAsync(TestCa ca, TempDirectory directory, params string[] options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/openssl"), "there is no /usr/bin/openssl here");
        using var certificate = ca.Issue("dm-master");
        await File.WriteAllTextAsync(directory["server.crt"], certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(directory["server.pem"], certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(directory["clients-ca.crt"], ca.Pem);
        var process = Process.Start(new ProcessStartInfo("/usr/bin/openssl", [
            "s_server", "-www", "-accept", "127.0.0.1:0", "-cert", directory["server.crt"], "-key", directory["server.pem"],
            "-CAfile", directory["clients-ca.crt"], "-Verify", "1", "-verify_return_error", .. options,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        _ = process.StandardError.ReadToEndAsync();
        var accepting = "";
        while (!accepting.StartsWith("ACCEPT ", StringComparison.Ordinal))
        {
            accepting = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("openssl s_server ended");
        }

        return new OpenSslServer(process, IPEndPoint.Parse(accepting["ACCEPT ".Length..]).Port);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
