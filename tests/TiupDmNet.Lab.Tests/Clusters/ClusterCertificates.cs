using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TiupDmNet.Lab.Tests.Clusters;

/// <summary>A certificate and its private key as PEM texts.</summary>
public sealed record PemPair(string Certificate, string PrivateKey);

/// <summary>What <c>tiup dm deploy</c> issues for a cluster with enable_tls: an authority, one client, one server certificate per node.</summary>
public sealed class ClusterCertificates : IDisposable
{
    private readonly RSA _authorityKey = RSA.Create(2048);
    private readonly X509Certificate2 _authority;

    public ClusterCertificates(string clusterName)
    {
        var request = Request(clusterName + "-ca", _authorityKey);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, true));
        _authority = request.CreateSelfSigned(Yesterday, Yesterday.AddYears(1));
        Authority = new PemPair(_authority.ExportCertificatePem(), _authorityKey.ExportRSAPrivateKeyPem());
        Client = Issue("client", []);
    }

    public PemPair Authority { get; }

    public PemPair Client { get; }

    private static DateTimeOffset Yesterday { get; } = DateTimeOffset.UtcNow.AddDays(-1);

    public PemPair Issue(string commonName, IReadOnlyList<IPAddress> addresses)
    {
        using var key = RSA.Create(2048);
        var request = Request(commonName, key);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        foreach (var address in addresses.Prepend(IPAddress.Loopback))
        {
            names.AddIpAddress(address);
        }

        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_authority, Yesterday, Yesterday.AddDays(300), RandomNumberGenerator.GetBytes(16));
        return new PemPair(certificate.ExportCertificatePem(), key.ExportRSAPrivateKeyPem());
    }

    public void Dispose()
    {
        _authority.Dispose();
        _authorityKey.Dispose();
    }

    private static CertificateRequest Request(string commonName, RSA key) =>
        new($"CN={commonName}, O=PingCAP, OU=TiUP", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}
