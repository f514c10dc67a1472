using System.Security.Cryptography;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Downloads;

/// <summary>Every hash that an item promises, over a stream of bytes. Both are computed side by side.</summary>
internal sealed class PackageHash : IDisposable
{
    private readonly FileHashes _expected;
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash? _sha512;

    public PackageHash(VersionItem item)
    {
        _expected = new FileHashes(item.Sha256, item.Sha512);
        _sha512 = item.Sha512 is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
    }

    public async Task AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_sha512 is null)
        {
            _sha256.AppendData(bytes.Span);
            return;
        }

        var other = Task.Run(() => _sha512.AppendData(bytes.Span));
        _sha256.AppendData(bytes.Span);
        await other.ConfigureAwait(false);
    }

    /// <summary>Ends the computation and starts a new one. Null when all hashes are as promised.</summary>
    public string? Difference() => _expected.Difference(Finish(_sha256)!, Finish(_sha512));

    public void Dispose()
    {
        _sha256.Dispose();
        _sha512?.Dispose();
    }

    /// <summary>Why the file is not the item's package; null when it is.</summary>
    public static async Task<string?> DifferenceAsync(string path, VersionItem item, CancellationToken cancellation)
    {
        var options = new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0 };
        var stream = new FileStream(path, options);
        await using (stream.ConfigureAwait(false))
        {
            if (item.Length > 0 && stream.Length != item.Length)
            {
                return $"it has {stream.Length} bytes and should have {item.Length}";
            }

            using var hash = new PackageHash(item);
            await hash.AppendAsync(stream, cancellation).ConfigureAwait(false);
            return hash.Difference();
        }
    }

    public async Task AppendAsync(Stream stream, CancellationToken cancellation)
    {
        var buffer = new byte[1 << 20];
        while (await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false) is var count and > 0)
        {
            await AppendAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
        }
    }

    private static string? Finish(IncrementalHash? hash) => hash is null ? null : Convert.ToHexStringLower(hash.GetHashAndReset());
}
