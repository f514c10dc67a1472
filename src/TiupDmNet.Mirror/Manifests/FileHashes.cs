using System.Security.Cryptography;

namespace TiupDmNet.Mirror.Manifests;

/// <summary>What the content of a file must hash to, in lower-case hex. Old tools write no SHA-512.</summary>
internal sealed record FileHashes(string Sha256, string? Sha512)
{
    public static FileHashes Read(Fields holder, string what)
    {
        var hashes = holder.Object("hashes");
        return (Hex(hashes.Text("sha256"), SHA256.HashSizeInBytes), Hex(hashes.Text("sha512"), SHA512.HashSizeInBytes)) switch
        {
            (null or "", _) => throw holder.Refuse($"it has no SHA-256 for {what}"),
            (_, null) => throw holder.Refuse($"the SHA-512 for {what} is none"),
            var (sha256, sha512) => new FileHashes(sha256, sha512.Length == 0 ? null : sha512),
        };
    }

    /// <summary>Null when the bytes are as promised, otherwise what differs.</summary>
    public string? Difference(ReadOnlySpan<byte> content) =>
        Difference(Convert.ToHexStringLower(SHA256.HashData(content)), Sha512 is null ? null : Convert.ToHexStringLower(SHA512.HashData(content)));

    public string? Difference(string sha256, string? sha512)
    {
        if (sha256 != Sha256)
        {
            return $"its SHA-256 is {sha256} and should be {Sha256}";
        }

        return Sha512 is not null && sha512 != Sha512 ? $"its SHA-512 is {sha512} and should be {Sha512}" : null;
    }

    /// <summary>Empty stays empty; null for what is no hash of that many bytes.</summary>
    private static string? Hex(string text, int bytes)
    {
        var hex = text.Trim().ToLowerInvariant();
        return hex.Length == 0 || (hex.Length == 2 * bytes && hex.All(char.IsAsciiHexDigitLower)) ? hex : null;
    }
}
