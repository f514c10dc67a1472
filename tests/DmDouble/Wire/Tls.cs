using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace DmDouble.Wire;

/// <summary>The certificates of one process, as <c>ssl-ca</c>, <c>ssl-cert</c>, <c>ssl-key</c> name them.</summary>
internal sealed class Tls
{
    private readonly X509Certificate2Collection _authorities = [];

    public Tls(string ca, string certificate, string key)
    {
        _authorities.ImportFromPemFile(ca);
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        Certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>DM peers check each other against the CA only, not the host name.</summary>
    public bool IsTrusted(X509Certificate? certificate)
    {
        if (certificate is null)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var copy = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(copy);
    }

    public SslClientAuthenticationOptions ForClients() => new()
    {
        ClientCertificates = [Certificate],
        RemoteCertificateValidationCallback = (_, certificate, _, _) => IsTrusted(certificate),
    };
}
