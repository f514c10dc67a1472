using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DmDouble;

/// <summary>The certificates of a cluster, as TiUP makes them: one authority, a certificate for each node, one for the clients.</summary>
public sealed class TlsFiles : IDisposable
{
    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = new(2046, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _authority;

    public TlsFiles()
    {
        var request = new CertificateRequest("CN=TiUP, O=PingCAP", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(From, To);
    }

    /// <summary>The authority's certificate, PEM: <c>ca.crt</c>.</summary>
    public string Authority => _authority.ExportCertificatePem();

    /// <summary>A certificate and its key, PEM: <c>&lt;role&gt;.crt</c> and <c>&lt;role&gt;.pem</c>.</summary>
    /// <param name="name">Common name: the role, or <c>client</c>.</param>
    /// <param name="host">Address that the certificate is for.</param>
    public (string Certificate, string Key) Issue(string name, string host)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}, O=PingCAP", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        if (IPAddress.TryParse(host, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.Create(_authority, From, To.AddDays(-1), RandomNumberGenerator.GetBytes(16));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }
}
