using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TiupDmNet.TestSupport;

namespace TiupDmNet.DataMigration.Tests.Scripted;

/// <summary>A cluster's own CA, which signs for servers and clients as TiUP's does.</summary>
internal sealed class TestCa : IDisposable
{
    private static readonly DateTimeOffset Begin = DateTimeOffset.UtcNow.AddDays(-30);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;
    private byte _serial;

    public TestCa(string name = "TiUP Cluster CA", DateTimeOffset? expires = null)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _certificate = request.CreateSelfSigned(Begin, expires ?? Begin.AddYears(10));
    }

    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>A server that requires a certificate of this CA, as dm-master does.</summary>
    public SslServerAuthenticationOptions Server(X509Certificate2? certificate = null) => new()
    {
        ServerCertificate = certificate ?? Issue("dm-master"),
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = (_, presented, _, _) => presented is not null && Signed(presented),
    };

    public X509Certificate2 Issue(string subject, DateTimeOffset? expires = null, bool forServers = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = Sign(new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256), expires, forServers);
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>Writes ca.crt, client.crt and client.pem, the last as this kind of PEM.</summary>
    public TlsFiles WriteClientFiles(TempDirectory directory, string kind = "PKCS#8", DateTimeOffset? expires = null)
    {
        var files = new TlsFiles(directory["ca.crt"], directory["client.crt"], directory["client.pem"]);
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = kind == "PKCS#1"
            ? new CertificateRequest("CN=client", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=client", ec, HashAlgorithmName.SHA256);
        using var signed = Sign(request, expires, forServers: false);
        File.WriteAllText(files.Ca, Pem);
        File.WriteAllText(files.ClientCertificate, signed.ExportCertificatePem());
        File.WriteAllText(files.ClientKey, kind switch
        {
            "PKCS#1" => rsa.ExportRSAPrivateKeyPem(),
            "SEC1" => ec.ExportECPrivateKeyPem(),
            _ => ec.ExportPkcs8PrivateKeyPem(),
        });
        return files;
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset? expires, bool forServers)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("dm-master-1.internal");
        request.CertificateExtensions.Add(names.Build());
        OidCollection use = [new Oid("1.3.6.1.5.5.7.3.2")];
        if (forServers)
        {
            use.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(use, false));
        var generator = X509SignatureGenerator.CreateForECDsa(_key);
        return request.Create(_certificate.SubjectName, generator, Begin, expires ?? Begin.AddYears(1), [1, ++_serial]);
    }

    private bool Signed(X509Certificate presented)
    {
        using var certificate = new X509Certificate2(presented);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
