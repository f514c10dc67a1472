using System.Numerics;
using System.Security.Cryptography;
using TiupDmNet.Mirror.Keys;

namespace TiupDmNet.Mirror.Tests.Support;

/// <summary>
/// Signs RSASSA-PSS with SHA-256 and a salt of no bytes (RFC 8017, 9.1.1), so that the same bytes are signed alike each time. The runtime
/// cannot. Only for keys that are no secret: it takes as long as the key makes it.
/// </summary>
internal sealed class UnsaltedRsa : RSA
{
    private readonly RSAParameters _key;

    private UnsaltedRsa(RSAParameters key)
    {
        _key = key;
        KeySizeValue = 8 * key.Modulus!.Length;
    }

    /// <param name="file">A key file, see <see cref="PrivateKey.ToFile"/>.</param>
    public static PrivateKey Read(byte[] file)
    {
        using var rsa = PrivateKey.TryReadRsa(file) ?? throw new InvalidOperationException("a committed test key is no key");
        return new PrivateKey(new UnsaltedRsa(rsa.ExportParameters(includePrivateParameters: true)));
    }

    public override RSAParameters ExportParameters(bool includePrivateParameters) =>
        includePrivateParameters ? _key : new RSAParameters { Modulus = _key.Modulus, Exponent = _key.Exponent };

    public override void ImportParameters(RSAParameters parameters) => throw new NotSupportedException();

    public override byte[] SignHash(byte[] hash, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)
    {
        // 00…00 01 | hash of eight zeros and the message's hash | BC, and the first part masked with the second.
        var encoded = new byte[_key.Modulus!.Length];
        var block = encoded.AsSpan(0, encoded.Length - SHA256.HashSizeInBytes - 1);
        var inner = SHA256.HashData([.. new byte[8], .. hash]);
        block[^1] = 1;
        PssSha256.Mask(block, inner);
        block[0] &= 0x7F;
        inner.CopyTo(encoded.AsSpan(block.Length));
        encoded[^1] = 0xBC;

        var signature = Number(encoded);
        var (p, q) = (Number(_key.P), Number(_key.Q));
        var (first, second) = (BigInteger.ModPow(signature, Number(_key.DP), p), BigInteger.ModPow(signature, Number(_key.DQ), q));
        var rest = (first - second) * Number(_key.InverseQ) % p;
        signature = second + ((rest < 0 ? rest + p : rest) * q);
        encoded.AsSpan().Clear();
        var length = signature.GetByteCount(isUnsigned: true);
        signature.TryWriteBytes(encoded.AsSpan(encoded.Length - length), out _, isUnsigned: true, isBigEndian: true);
        return encoded;
    }

    private static BigInteger Number(byte[]? bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
