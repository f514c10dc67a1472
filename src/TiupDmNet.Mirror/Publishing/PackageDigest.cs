using System.Security.Cryptography;

namespace TiupDmNet.Mirror.Publishing;

/// <summary>What a manifest says of a package's content: hashes in lower-case hex, and bytes.</summary>
internal sealed record PackageDigest(string Sha256, string Sha512, long Length)
{
    private const int PieceSize = 256 * 1024;

    public static Task<PackageDigest> OfAsync(string path, CancellationToken cancellation) =>
        OfAsync(path, (_, _) => ValueTask.CompletedTask, cancellation);

    /// <summary>Reads a file once, piece by piece, for its digest and for whoever else wants the pieces.</summary>
    public static async Task<PackageDigest> OfAsync(string path, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> each, CancellationToken cancellation)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var sha512 = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        long length = 0;
        var source = new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0 });
        await using (source.ConfigureAwait(false))
        {
            var buffer = new byte[PieceSize];
            while (await source.ReadAsync(buffer, cancellation).ConfigureAwait(false) is var count and > 0)
            {
                sha256.AppendData(buffer, 0, count);
                sha512.AppendData(buffer, 0, count);
                await each(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
                length += count;
            }
        }

        return new PackageDigest(Convert.ToHexStringLower(sha256.GetHashAndReset()), Convert.ToHexStringLower(sha512.GetHashAndReset()), length);
    }
}
