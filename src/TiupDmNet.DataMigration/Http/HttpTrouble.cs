using System.Net.Sockets;
using System.Security.Authentication;
using SocketFault = System.Net.Sockets.SocketError;

namespace TiupDmNet.DataMigration.Http;

/// <summary>Turns the ways in which a request can end without an answer into sentences.</summary>
internal static class HttpTrouble
{
    private const string Ended = "closed the connection without a whole answer";
    private static readonly string[] CertificateAlerts = ["certificate", "unknown ca", "access denied"];

    public static DmException Explain(Peer peer, HttpRequestException trouble, TlsIdentity? identity)
    {
        var causes = Causes(trouble).ToList();
        if (causes.OfType<TlsException>().FirstOrDefault() is { } refused)
        {
            return Tls(peer, refused.Message, trouble);
        }

        if (identity is not null && Alert(causes) is { } alert)
        {
            var certificate = CertificateAlerts.Any(word => alert.Contains(word, StringComparison.Ordinal));
            return Tls(
                peer,
                certificate ? $"refused our client certificate {identity.CertificateFile} (TLS alert: {alert}){identity.OwnTrouble}" : $"ended the TLS handshake (TLS alert: {alert})",
                trouble);
        }

        if (causes.OfType<AuthenticationException>().FirstOrDefault() is { } handshake)
        {
            return Tls(peer, $"and we cannot agree on TLS, perhaps it does not use it ({Innermost(handshake)})", trouble);
        }

        var ended = trouble.HttpRequestError == HttpRequestError.ResponseEnded || SocketOf(causes) == SocketFault.ConnectionReset;
        if (identity is not null && ended)
        {
            // With TLS 1.3 a server may refuse a certificate after the handshake, and its reason may get lost.
            return new DmException(DmFailure.Unreachable, $"{peer.Title} {Ended}, perhaps because it refused our client certificate {identity.CertificateFile}{identity.OwnTrouble}", trouble)
            {
                TlsFailed = identity.OwnTrouble.Length > 0,
            };
        }

        return new DmException(DmFailure.Unreachable, $"{peer.Title} {Clause(trouble, SocketOf(causes))}", trouble);
    }

    private static string Clause(HttpRequestException trouble, SocketFault? socket) => (trouble.HttpRequestError, socket) switch
    {
        (HttpRequestError.NameResolutionError, _) => "has a host name that cannot be resolved",
        (_, SocketFault.ConnectionRefused) => "refuses connections",
        (_, SocketFault.ConnectionReset) or (HttpRequestError.ResponseEnded, _) => Ended,
        (HttpRequestError.InvalidResponse, _) => "answered with something that is not HTTP/1.1",
        (HttpRequestError.ConfigurationLimitExceeded, _) => "sent an answer that is too long to be DM's",
        (HttpRequestError.ProxyTunnelError, _) => $"cannot be reached through the proxy: {trouble.Message}",
        _ => $"cannot be reached: {Innermost(trouble)}",
    };

    private static SocketFault? SocketOf(List<Exception> causes) => causes.OfType<SocketException>().FirstOrDefault()?.SocketErrorCode;

    private static DmException Tls(Peer peer, string clause, Exception trouble) =>
        new(DmFailure.Unreachable, $"{peer.Title} {clause}", trouble) { TlsFailed = true };

    /// <summary>
    /// The TLS alert that the other side sent, in OpenSSL's words (<c>…:SSL routines::tlsv13 alert certificate required</c>). There is
    /// no other place where the runtime tells it. With TLS 1.3 it arrives after the handshake, in the place of the answer.
    /// </summary>
    private static string? Alert(IEnumerable<Exception> causes)
    {
        foreach (var message in causes.Select(cause => cause.Message))
        {
            var alert = message.IndexOf(" alert ", StringComparison.Ordinal);
            if (message.Contains("SSL routines", StringComparison.Ordinal) && alert >= 0)
            {
                return message[(alert + " alert ".Length)..].Trim();
            }
        }

        return null;
    }

    private static IEnumerable<Exception> Causes(Exception? trouble)
    {
        for (; trouble is not null; trouble = trouble.InnerException)
        {
            yield return trouble;
        }
    }

    private static string Innermost(Exception trouble) => Causes(trouble).Last().Message.TrimEnd('.');
}
