using System.Numerics;
using System.Security.Cryptography;

namespace TiupDmNet.Mirror.Keys;

/// <summary>
/// Verifies RSASSA-PSS with SHA-256 and a salt of any length (RFC 8017, 9.1.2). TiUP signs with the longest salt that fits, and
/// the runtime's own padding takes none but 32 bytes. (pingcap/tiup pkg/crypto/rsa.go:90, :164)
/// </summary>
internal static class PssSha256
{
    private const int HashLength = SHA256.HashSizeInBytes;

    public static bool Verify(BigInteger modulus, BigInteger exponent, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var modulusBits = (int)modulus.GetBitLength();
        if (signature.Length != (modulusBits + 7) / 8)
        {
            return false;
        }

        var representative = new BigInteger(signature, isUnsigned: true, isBigEndian: true);
        if (representative >= modulus)
        {
            return false;
        }

        var encodedBits = modulusBits - 1;
        var encoded = new byte[(encodedBits + 7) / 8];
        var opened = BigInteger.ModPow(representative, exponent, modulus);
        var length = opened.GetByteCount(isUnsigned: true);
        return length <= encoded.Length
            && opened.TryWriteBytes(encoded.AsSpan(encoded.Length - length), out _, isUnsigned: true, isBigEndian: true)
            && IsEncodingOf(message, encoded, unusedBits: 8 * encoded.Length - encodedBits);
    }

    private static bool IsEncodingOf(ReadOnlySpan<byte> message, Span<byte> encoded, int unusedBits)
    {
        if (encoded.Length < HashLength + 2 || encoded[^1] != 0xBC)
        {
            return false;
        }

        var block = encoded[..(encoded.Length - HashLength - 1)];
        var hash = encoded.Slice(block.Length, HashLength);
        if (block[0] >> (8 - unusedBits) != 0)
        {
            return false;
        }

        Mask(block, hash);
        block[0] &= (byte)(0xFF >> unusedBits);

        // Zeros, one 1, and what follows is the salt.
        var mark = block.IndexOfAnyExcept((byte)0);
        if (mark < 0 || block[mark] != 1)
        {
            return false;
        }

        using var expected = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        expected.AppendData(stackalloc byte[8]);
        expected.AppendData(SHA256.HashData(message));
        expected.AppendData(block[(mark + 1)..]);
        return hash.SequenceEqual(expected.GetHashAndReset());
    }

    /// <summary>MGF1 with SHA-256, applied in place: once it masks, once more it unmasks.</summary>
    internal static void Mask(Span<byte> block, ReadOnlySpan<byte> seed)
    {
        Span<byte> input = stackalloc byte[HashLength + 4];
        Span<byte> mask = stackalloc byte[HashLength];
        seed.CopyTo(input);
        for (var offset = 0; offset < block.Length; offset += HashLength)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(input[HashLength..], offset / HashLength);
            SHA256.HashData(input, mask);
            for (var i = 0; i < HashLength && offset + i < block.Length; i++)
            {
                block[offset + i] ^= mask[i];
            }
        }
    }
}
