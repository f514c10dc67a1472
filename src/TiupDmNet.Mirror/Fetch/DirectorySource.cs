using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Fetch;

/// <summary>A mirror in a local directory.</summary>
internal sealed class DirectorySource(string directory) : IMirrorSource
{
    public string Address => directory;

    public async Task<byte[]?> ReadAsync(string file, long limit, CancellationToken cancellation)
    {
        var stream = Open(file);
        if (stream is null)
        {
            return null;
        }

        await using (stream.ConfigureAwait(false))
        {
            if (stream.Length > limit)
            {
                throw new Origin(file, directory).Refuse(TrustRule.Consistency, $"it has more than the {limit} bytes that it may have");
            }

            var content = new byte[stream.Length];
            await stream.ReadExactlyAsync(content, cancellation).ConfigureAwait(false);
            return content;
        }
    }

    public Task<SourceContent?> OpenAsync(string file, long offset, string? validator, CancellationToken cancellation)
    {
        // Nothing to save by continuing: what is here already costs as much to check as to copy.
        var stream = Open(file);
        return Task.FromResult(stream is null ? null : new SourceContent(stream, 0, stream.Length, null));
    }

    public void Dispose()
    {
    }

    private FileStream? Open(string file)
    {
        if (!Directory.Exists(directory))
        {
            throw new MirrorException(MirrorFailure.Unavailable, $"the mirror {directory} is not a directory that exists; `mirror set` takes a URL or the directory of a mirror");
        }

        var path = Path.Combine(directory, file);
        try
        {
            return File.Exists(path)
                ? new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0 })
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MirrorException(MirrorFailure.Unavailable, $"cannot read {path}: {error.Message}", error);
        }
    }
}
