using System.Security.Cryptography;
using TiupDmNet.Storage;

namespace TiupDmNet.Clusters;

/// <summary>
/// <c>patch/&lt;component&gt;-&lt;sha1[0:7]&gt;.tar.gz</c> and the relative link <c>patch/&lt;component&gt;.tar.gz</c>, which
/// scale-out (ours and TiUP's) installs instead of the release package (pingcap/tiup pkg/cluster/manager/patch.go:188).
/// </summary>
public sealed class PatchStore(string directory)
{
    /// <summary>
    /// Copies the package in and points the link at it; both by rename. Returns the path of the copy. A copy that is
    /// already there is kept if it is the same to the last byte, and replaced otherwise.
    /// </summary>
    /// <exception cref="ClusterException">The package cannot be read, or changes while it is copied.</exception>
    /// <exception cref="StorageException">The copy or the link cannot be written; what was there stays.</exception>
    public async Task<string> SetAsync(string component, string packagePath, CancellationToken cancellation)
    {
        MetaFile.CreateDirectory(directory);
        var hash = await HashAsync(packagePath, cancellation).ConfigureAwait(false);
        var copy = Path.Combine(directory, $"{component}-{hash[..7]}.tar.gz");
        if (!File.Exists(copy) || await HashAsync(copy, cancellation).ConfigureAwait(false) != hash)
        {
            await CopyAsync(packagePath, hash, copy, cancellation).ConfigureAwait(false);
        }

        AtomicFile.Link(LinkOf(component), Path.GetFileName(copy));
        return copy;
    }

    /// <summary>The file the link points at, or null where there is no link.</summary>
    /// <exception cref="ClusterException">The link points nowhere: TiUP would silently install the release package.</exception>
    public string? Find(string component)
    {
        var link = new FileInfo(LinkOf(component));
        if (link.LinkTarget is null)
        {
            // Somebody may have put a package there by hand; TiUP takes it too.
            return link.Exists ? link.FullName : null;
        }

        return link.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target
            ? target.FullName
            : throw new ClusterException(
                $"{link.FullName} points at {link.LinkTarget}, which is not there, so a scale-out would quietly install the release {component}; "
                + "put the package back, or patch with --overwrite again, or remove the link");
    }

    /// <summary>Takes the link away; the packages stay.</summary>
    /// <exception cref="StorageException">It cannot be removed.</exception>
    public void Clear(string component) => AtomicFile.Remove(LinkOf(component));

    private string LinkOf(string component) => Path.Combine(directory, $"{component}.tar.gz");

    private static async Task CopyAsync(string packagePath, string hash, string copy, CancellationToken cancellation)
    {
        var source = Open(packagePath);
        await using (source.ConfigureAwait(false))
        {
            var mode = OperatingSystem.IsWindows() ? AtomicFile.Readable : File.GetUnixFileMode(source.SafeFileHandle);
            await AtomicFile.WriteAsync(
                copy,
                async (stream, token) =>
                {
                    using var hashing = Sha1();
                    await CopyAsync(source, stream, hashing, token).ConfigureAwait(false);
                    if (Convert.ToHexStringLower(hashing.GetHashAndReset()) != hash)
                    {
                        throw new ClusterException($"{packagePath} changed while it was copied to {copy}; wait until it is complete and run the command again");
                    }
                },
                mode,
                cancellation).ConfigureAwait(false);
        }
    }

    private static async Task CopyAsync(Stream source, Stream target, IncrementalHash hashing, CancellationToken cancellation)
    {
        var buffer = new byte[1 << 17];
        int read;
        while ((read = await source.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
        {
            hashing.AppendData(buffer, 0, read);
            await target.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
        }
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellation)
    {
        var file = Open(path);
        await using (file.ConfigureAwait(false))
        {
            using var hashing = Sha1();
            await CopyAsync(file, Stream.Null, hashing, cancellation).ConfigureAwait(false);
            return Convert.ToHexStringLower(hashing.GetHashAndReset());
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ClusterException($"specified package({path}) not exists; check the path", missing);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"cannot read the package {path}: {failure.Message.TrimEnd('.')}; check that it is a file that you may read", failure);
        }
    }

    // A name, not a defence: TiUP finds the copy by this hash.
    private static IncrementalHash Sha1() => IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
}
