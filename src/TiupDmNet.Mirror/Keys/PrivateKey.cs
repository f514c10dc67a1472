using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Keys;

/// <summary>A key that signs, in the file format of <c>tiup mirror genkey</c>. (pingcap/tiup pkg/repository/v1manifest/keys.go, pkg/crypto/rsa.go:127)</summary>
internal sealed class PrivateKey : IDisposable
{
    private const string Header = "-----BEGIN PRIVATE KEY-----";
    private const string Footer = "-----END PRIVATE KEY-----";
    private const int Bits = 2048;

    private readonly RSA _rsa;

    /// <param name="rsa">With its private half; it goes away with the key.</param>
    public PrivateKey(RSA rsa)
    {
        _rsa = rsa;
        Public = new PublicKey(rsa);
    }

    public PublicKey Public { get; }

    public string Id => Public.Id;

    public static PrivateKey Generate() => new(RSA.Create(Bits));

    /// <summary>Null when the content is something else than a private key.</summary>
    public static PrivateKey? TryRead(ReadOnlyMemory<byte> content)
    {
        var rsa = TryReadRsa(content);
        try
        {
            return rsa is null ? null : new PrivateKey(rsa);
        }
        catch (CryptographicException)
        {
            rsa!.Dispose();
            return null;
        }
    }

    /// <inheritdoc cref="TryRead"/>
    public static RSA? TryReadRsa(ReadOnlyMemory<byte> content)
    {
        var rsa = RSA.Create();
        try
        {
            using var document = JsonDocument.Parse(content);
            var pem = document.RootElement.GetProperty("keyval").GetProperty("private").GetString() ?? "";

            // The label says PKCS#8, the body is PKCS#1: the runtime's PEM reader would not have it.
            var body = pem.Trim().Replace(Header, "", StringComparison.Ordinal).Replace(Footer, "", StringComparison.Ordinal);
            rsa.ImportRSAPrivateKey(Convert.FromBase64String(body), out _);
            return rsa;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or CryptographicException)
        {
            rsa.Dispose();
            return null;
        }
    }

    /// <summary>One line of JSON and a line feed.</summary>
    public byte[] ToFile()
    {
        var body = Convert.ToBase64String(_rsa.ExportRSAPrivateKey()).Chunk(64).Select(line => new string(line));
        var pem = string.Join('\n', [Header, .. body, Footer, ""]);
        return [.. CanonicalJson.Write(PublicKey.Json("private", pem)), (byte)'\n'];
    }

    /// <summary>One entry of <c>signatures</c>. The salt has 32 bytes, which Go's verifier takes as well as its own 222.</summary>
    public JsonObject Sign(ReadOnlySpan<byte> message) => new()
    {
        ["keyid"] = Id,
        ["sig"] = Convert.ToBase64String(_rsa.SignData(message, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)),
    };

    public void Dispose() => _rsa.Dispose();
}
