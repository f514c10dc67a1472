using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Keys;

/// <summary>An RSA key that signatures are checked with. (pingcap/tiup pkg/repository/v1manifest/keys.go:58)</summary>
internal sealed class PublicKey
{
    public const string KeyType = "rsa";
    public const string Scheme = "rsassa-pss-sha256";

    // Below: Go's tools never make them and nobody should. Above: one check would take seconds.
    private const int SmallestBits = 2048;
    private const int LargestBits = 8192;

    private readonly BigInteger _modulus;
    private readonly BigInteger _exponent;

    public PublicKey(RSA rsa)
    {
        var parameters = rsa.ExportParameters(includePrivateParameters: false);
        _modulus = new BigInteger(parameters.Modulus, isUnsigned: true, isBigEndian: true);
        _exponent = new BigInteger(parameters.Exponent, isUnsigned: true, isBigEndian: true);
        var bits = _modulus.GetBitLength();
        if (bits is < SmallestBits or > LargestBits || _exponent < 3 || _exponent.IsEven || _exponent > uint.MaxValue)
        {
            throw new CryptographicException($"an RSA key of {bits} bits is not usable; keys have {SmallestBits} to {LargestBits} bits");
        }

        // The runtime leaves the last line feed out, TiUP's key ids count it.
        Pem = rsa.ExportSubjectPublicKeyInfoPem() + "\n";
        Id = IdOf(Pem);
    }

    /// <summary>SubjectPublicKeyInfo as PEM: 64 columns, line feeds, one at the end too.</summary>
    public string Pem { get; }

    /// <summary>Lower-case hex SHA-256 of the canonical JSON of <see cref="ToJson"/>: the same for every way to write the same key.</summary>
    public string Id { get; }

    /// <exception cref="CryptographicException">The text is not a usable RSA key.</exception>
    public static PublicKey FromPem(string pem)
    {
        using var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
        }
        catch (ArgumentException error)
        {
            throw new CryptographicException("it is not the PEM text of an RSA key", error);
        }

        return new PublicKey(rsa);
    }

    /// <summary>The id that a key has when its PEM is taken letter by letter.</summary>
    public static string IdOf(string pem) => Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Write(Json("public", pem))));

    public static JsonObject Json(string half, string pem) => new() { ["keytype"] = KeyType, ["keyval"] = new JsonObject { [half] = pem }, ["scheme"] = Scheme };

    public JsonObject ToJson() => Json("public", Pem);

    public bool Verifies(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => PssSha256.Verify(_modulus, _exponent, message, signature);
}
