using System.Text.RegularExpressions;
using TiupDmNet.Mirror.Fetch;

namespace TiupDmNet.Mirror.Trust;

/// <summary>The cache in the place of a mirror that cannot be reached: it has what was verified last, under names without versions.</summary>
internal sealed partial class CachedManifests(string address, TrustStore store) : IMirrorSource
{
    public string Address => address;

    public Task<byte[]?> ReadAsync(string file, long limit, CancellationToken cancellation) =>
        Task.FromResult(file.EndsWith(".root.json", StringComparison.Ordinal) ? store.Cached(file) : store.Cached(VersionPrefix().Replace(file, "")));

    public Task<SourceContent?> OpenAsync(string file, long offset, string? validator, CancellationToken cancellation) => Task.FromResult<SourceContent?>(null);

    public void Dispose()
    {
    }

    [GeneratedRegex(@"^[0-9]+\.")]
    private static partial Regex VersionPrefix();
}
