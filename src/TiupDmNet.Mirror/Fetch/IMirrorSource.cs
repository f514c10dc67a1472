namespace TiupDmNet.Mirror.Fetch;

/// <summary>Where a mirror's files come from. Nothing that comes from here has been verified.</summary>
internal interface IMirrorSource : IDisposable
{
    /// <summary>As the user wrote it, for messages and as a key of what is remembered.</summary>
    string Address { get; }

    /// <summary>Reads a small file whole. Null when the mirror has no such file.</summary>
    /// <param name="limit">Reading stops with an error as soon as there are more bytes.</param>
    /// <exception cref="MirrorException">Not reachable, or too large.</exception>
    Task<byte[]?> ReadAsync(string file, long limit, CancellationToken cancellation);

    /// <summary>Opens a large file, at an offset if that is possible. Null when the mirror has no such file. One attempt only.</summary>
    /// <param name="validator">What <see cref="SourceContent.Validator"/> was when the part before the offset was read.</param>
    /// <exception cref="TransientException">It may work the next time.</exception>
    Task<SourceContent?> OpenAsync(string file, long offset, string? validator, CancellationToken cancellation);
}

/// <param name="Offset">Where the stream really begins: 0 when the source could not, or would not, continue.</param>
/// <param name="TotalLength">Of the whole file in bytes, if the source says.</param>
/// <param name="Validator">Changes when the file does (a strong ETag, or a date); null when the source has none.</param>
internal sealed record SourceContent(Stream Stream, long Offset, long? TotalLength, string? Validator) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}

/// <summary>A failure that can pass by itself.</summary>
internal sealed class TransientException(string message, Exception? inner = null, TimeSpan? retryAfter = null) : Exception(message, inner)
{
    /// <summary>What the server asked for.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
