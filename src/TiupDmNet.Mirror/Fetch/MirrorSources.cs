using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TiupDmNet.Mirror.Fetch;

/// <summary>Opens mirrors by their addresses. All of them share the connections of one client.</summary>
internal sealed class MirrorSources : IDisposable
{
    private readonly MirrorSettings _settings;
    private readonly TimeProvider _time;
    private readonly Lazy<HttpClient> _client;

    public MirrorSources(MirrorSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _client = new Lazy<HttpClient>(CreateClient);
    }

    public IMirrorSource Open(string address) => MirrorAddress.IsUrl(address)
        ? new HttpSource(address, _client.Value, _settings, _time)
        : new DirectorySource(MirrorAddress.Absolute(address));

    /// <summary>
    /// A client of the same settings for what changes a mirror: a redirection would turn a POST into a GET, and a large upload is
    /// announced first, so that a server that does not want it can say so. The caller disposes of it.
    /// </summary>
    public HttpClient CreateUploadClient()
    {
        if (_settings.Handler is { } given)
        {
            return new HttpClient(given, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        }

        var handler = CreateHandler();
        handler.AllowAutoRedirect = false;
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }
    }

    private HttpClient CreateClient() => new(_settings.Handler ?? CreateHandler(), disposeHandler: _settings.Handler is null) { Timeout = Timeout.InfiniteTimeSpan };

    private SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = _settings.ConnectTimeout,
            Proxy = _settings.Proxy,
            UseCookies = false,

            // Packages are what was hashed; nothing on the way may unpack them.
            AutomaticDecompression = DecompressionMethods.None,
        };
        if (_settings.CertificateAuthorityFile is { } file)
        {
            handler.SslOptions.CertificateChainPolicy = TrustAlso(file);
        }

        return handler;
    }

    private static X509ChainPolicy TrustAlso(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        using var system = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
        policy.CustomTrustStore.AddRange(system.Certificates);
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
            return policy;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new MirrorException(MirrorFailure.NotConfigured, $"cannot read the certificates in {file}: {error.Message}", error);
        }
    }
}
