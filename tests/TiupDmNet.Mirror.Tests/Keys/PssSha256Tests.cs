using System.Numerics;
using System.Security.Cryptography;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Keys;

public sealed class PssSha256Tests
{
    private static readonly byte[] Message = "what is signed"u8.ToArray();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(32)]
    [InlineData(222)]
    public void Takes_a_signature_with_a_salt_of_any_length(int saltLength)
    {
        using var rsa = RSA.Create(2048);
        Assert.True(new PublicKey(rsa).Verifies(Message, SignWithSalt(rsa, saltLength)));
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(2056)]
    [InlineData(3072)]
    public void Takes_keys_of_any_usual_size(int bits)
    {
        using var rsa = RSA.Create(bits);
        Assert.True(new PublicKey(rsa).Verifies(Message, rsa.SignData(Message, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)));
    }

    [Fact]
    public void Refuses_a_signature_with_any_bit_changed()
    {
        using var rsa = RSA.Create(2048);
        var key = new PublicKey(rsa);
        var signature = rsa.SignData(Message, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        for (var bit = 0; bit < signature.Length * 8; bit += 5)
        {
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(key.Verifies(Message, signature));
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(key.Verifies(Message, signature));
    }

    [Fact]
    public void Refuses_signatures_of_another_length_of_zeros_or_above_the_modulus()
    {
        using var rsa = RSA.Create(2048);
        var key = new PublicKey(rsa);
        var signature = rsa.SignData(Message, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        Assert.False(key.Verifies(Message, []));
        Assert.False(key.Verifies(Message, signature.AsSpan(1)));
        Assert.False(key.Verifies(Message, [0, .. signature]));
        Assert.False(key.Verifies(Message, new byte[256]));
        Assert.False(key.Verifies(Message, [.. Enumerable.Repeat((byte)0xFF, 256)]));
    }

    [Fact]
    public void Refuses_a_pkcs1_signature_and_one_over_another_hash()
    {
        using var rsa = RSA.Create(2048);
        var key = new PublicKey(rsa);
        Assert.False(key.Verifies(Message, rsa.SignData(Message, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
        Assert.False(key.Verifies(Message, rsa.SignData(Message, HashAlgorithmName.SHA512, RSASignaturePadding.Pss)));
    }

    [Fact]
    public void Refuses_keys_that_are_too_small_to_mean_anything()
    {
        using var rsa = RSA.Create(1024);
        Assert.Equal("an RSA key of 1024 bits is not usable; keys have 2048 to 8192 bits", Assert.Throws<CryptographicException>(() => new PublicKey(rsa)).Message);
    }

    [Fact]
    public void Reads_TiUPs_key_files_and_computes_their_ids()
    {
        foreach (var file in Directory.GetFiles(Golden.Keys, "*-*.json").Where(file => !file.Contains("owner", StringComparison.Ordinal)))
        {
            using var key = PrivateKey.TryRead(File.ReadAllBytes(file));
            Assert.StartsWith(Path.GetFileName(file).Split('-')[0], key!.Id, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Writes_key_files_byte_for_byte_as_TiUP_does()
    {
        foreach (var file in Directory.GetFiles(Golden.Keys))
        {
            using var key = PrivateKey.TryRead(File.ReadAllBytes(file));
            Assert.Equal(File.ReadAllText(file).TrimEnd('\n') + "\n", System.Text.Encoding.ASCII.GetString(key!.ToFile()));
        }
    }

    /// <summary>EMSA-PSS by the book, with the salt's length as the test wants it: the runtime's own padding knows 32 only.</summary>
    private static byte[] SignWithSalt(RSA rsa, int saltLength)
    {
        var salt = RandomNumberGenerator.GetBytes(saltLength);
        var hash = SHA256.HashData([.. new byte[8], .. SHA256.HashData(Message), .. salt]);
        var block = new byte[256 - 32 - 1];
        block[^(saltLength + 1)] = 1;
        salt.CopyTo(block, block.Length - saltLength);
        for (var i = 0; i < block.Length; i++)
        {
            block[i] ^= SHA256.HashData([.. hash, 0, 0, 0, (byte)(i / 32)])[i % 32];
        }

        block[0] &= 0x7F;
        var key = rsa.ExportParameters(includePrivateParameters: true);
        var signed = BigInteger.ModPow(Number([.. block, .. hash, 0xBC]), Number(key.D!), Number(key.Modulus!));
        var signature = signed.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[256 - signature.Length], .. signature];
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
