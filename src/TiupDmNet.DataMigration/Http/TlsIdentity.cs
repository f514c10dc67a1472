using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TiupDmNet.DataMigration.Http;

/// <summary>One side does not accept the other's certificate. The message is a clause that follows the name of the process asked, or a sentence of its own about our files.</summary>
internal sealed class TlsException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Who we are to the processes of a cluster, and whom we take for one of them: whoever holds a certificate for server use that the
/// cluster's own CA signed. The host name in it is not compared. DM's processes do not do it among themselves either, and
/// <c>manage_host</c>, by which we reach a node, need not be one of the names that TiUP put there. The CA signs nothing but the
/// processes of this one cluster.
/// </summary>
internal sealed class TlsIdentity : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";

    private readonly TlsFiles _files;
    private readonly TimeProvider _time;
    private readonly X509Certificate2Collection _ca;
    private readonly X509Certificate2 _own;

    private TlsIdentity(TlsFiles files, TimeProvider time, X509Certificate2Collection ca, X509Certificate2 own, X509Certificate2Collection issuers)
    {
        _files = files;
        _time = time;
        _ca = ca;
        _own = own;
        Certificate = SslStreamCertificateContext.Create(own, issuers, offline: true);
    }

    public SslStreamCertificateContext Certificate { get; }

    /// <summary>Says what is wrong with our own certificate at this moment, or "".</summary>
    public string OwnTrouble =>
        _own.NotAfter < Now ? $"; it expired on {Date(_own.NotAfter)}" : _own.NotBefore > Now ? $"; it is valid only from {Date(_own.NotBefore)}" : "";

    public string CertificateFile => _files.ClientCertificate;

    private DateTime Now => _time.GetUtcNow().LocalDateTime;

    /// <exception cref="TlsException">A file is missing or is not what it should be.</exception>
    public static TlsIdentity Load(TlsFiles files, TimeProvider time)
    {
        var ca = Read("the cluster's CA certificate", files.Ca, ReadCertificates);
        var presented = Read("the cluster's client certificate", files.ClientCertificate, ReadCertificates);
        var own = Read("the cluster's client key", files.ClientKey, path => WithKey(files.ClientCertificate, path));
        presented.RemoveAt(0);
        return new TlsIdentity(files, time, ca, own, presented);
    }

    /// <exception cref="TlsException">Always, when it is not accepted: it says why.</exception>
    public bool Accept(X509Certificate? presented, X509Chain? sent)
    {
        if (presented is null)
        {
            throw new TlsException("presents no certificate");
        }

        using var certificate = new X509Certificate2(presented);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_ca);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerUse));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = Now;
        foreach (var element in sent?.ChainElements.Skip(1) ?? [])
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(certificate) ? true : throw new TlsException(Why(chain));
    }

    public void Dispose()
    {
        _own.Dispose();
        foreach (var certificate in _ca)
        {
            certificate.Dispose();
        }
    }

    private string Why(X509Chain chain)
    {
        var found = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if ((found & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid)) != 0)
        {
            return $"presents a certificate that the cluster's CA ({_files.Ca}) did not sign ({chain.ChainElements[0].Certificate.Subject}, issued by {chain.ChainElements[0].Certificate.Issuer})";
        }

        var untimely = chain.ChainElements.FirstOrDefault(element => element.ChainElementStatus.Any(status => status.Status == X509ChainStatusFlags.NotTimeValid));
        if (untimely is not null)
        {
            var whose = untimely == chain.ChainElements[0] ? "a certificate that" : $"a certificate whose issuer {untimely.Certificate.Subject}";
            return untimely.Certificate.NotAfter < Now
                ? $"presents {whose} expired on {Date(untimely.Certificate.NotAfter)}"
                : $"presents {whose} is valid only from {Date(untimely.Certificate.NotBefore)}";
        }

        return (found & X509ChainStatusFlags.NotValidForUsage) != 0
            ? "presents a certificate that is not for server use"
            : $"presents a certificate that cannot be accepted ({found})";
    }

    private static string Date(DateTime date) => date.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static X509Certificate2Collection ReadCertificates(string path)
    {
        var read = new X509Certificate2Collection();
        read.ImportFromPemFile(path);
        return read.Count > 0 ? read : throw new CryptographicException("it holds no certificate");
    }

    private static X509Certificate2 WithKey(string certificatePath, string keyPath)
    {
        var pem = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        if (!OperatingSystem.IsWindows())
        {
            return pem;
        }

        // Windows' TLS cannot use a key that lives only in memory.
        using (pem)
        {
            return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        }
    }

    private static T Read<T>(string what, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TlsException($"cannot read {what} {path}: {(e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message)}", e);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new TlsException($"{what} {path} cannot be used: {e.Message}", e);
        }
    }
}
