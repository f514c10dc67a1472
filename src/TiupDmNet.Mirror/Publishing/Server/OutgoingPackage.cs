namespace TiupDmNet.Mirror.Publishing.Server;

/// <summary>A package that is to be uploaded.</summary>
/// <param name="FileName">Its name on the mirror, which the manifest promises.</param>
internal sealed record OutgoingPackage(string Path, string FileName, PackageDigest Digest);

/// <summary>A package on its way, read from the disk as the connection takes it and never held in memory.</summary>
/// <param name="taken">Told of every piece that the connection has taken, with true for the last one.</param>
internal sealed class PackageContent(OutgoingPackage package, IProgress<UploadProgress>? progress, Action<bool> taken) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context, CancellationToken cancellationToken)
    {
        long sent = 0;
        var digest = await PackageDigest.OfAsync(package.Path, SendAsync, cancellationToken).ConfigureAwait(false);
        if (digest != package.Digest)
        {
            throw Changed();
        }

        async ValueTask SendAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
        {
            if (sent + piece.Length > package.Digest.Length)
            {
                throw Changed();
            }

            await stream.WriteAsync(piece, cancellation).ConfigureAwait(false);
            sent += piece.Length;
            taken(sent == package.Digest.Length);
            progress?.Report(new UploadProgress(package.FileName, sent, package.Digest.Length));
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = package.Digest.Length;
        return true;
    }

    private MirrorException Changed() => new(MirrorFailure.NotFound, $"{package.Path} changed while it was uploaded; publish it again when it is complete");
}
