using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Downloads;
using TiupDmNet.Mirror.Fetch;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Trust;

namespace TiupDmNet.Mirror.Publishing.Server;

/// <summary>What a mirror serves of one component, verified from the profile's root on; expired or not, as it is about to be renewed.</summary>
/// <param name="Manifest">Null while the mirror has no such component.</param>
internal sealed record ServedComponent(TrustedSet Set, ComponentManifest? Manifest, SignedDocument? Document)
{
    public ComponentDraft Draft(string id, DateTimeOffset now) =>
        new(id, Manifest is null ? null : (Manifest, JsonNode.Parse(Document!.SignedBytes.Span)!.AsObject()), now);
}

/// <summary>Reads back what readers get, from the top each time.</summary>
internal sealed class ServedMirror(IMirrorSource source, TrustStore store, Retry retry)
{
    /// <exception cref="MirrorException">The mirror cannot be reached, or breaks a rule.</exception>
    public async Task<ServedComponent> ReadAsync(string component, CancellationToken cancellation)
    {
        var refresh = new ChainRefresh(source, store, retry);
        var set = await refresh.RunAsync(Expiry.Noted, cancellation).ConfigureAwait(false);
        if (!set.Index!.Components.ContainsKey(component))
        {
            return new ServedComponent(set, null, null);
        }

        var (manifest, bytes) = await refresh.ReadComponentAsync(set, component, cancellation).ConfigureAwait(false);
        return new ServedComponent(set, manifest, SignedDocument.Parse(new Origin($"{component}.json", source.Address), bytes));
    }

    /// <summary>Reads a package to its end. Null if it is the item's, otherwise what is wrong with it.</summary>
    public Task<string?> FaultAsync(VersionItem item, CancellationToken cancellation) => retry.RunAsync($"read {item.FileName} back from {source.Address}", async () =>
    {
        var content = await source.OpenAsync(item.FileName, 0, null, cancellation).ConfigureAwait(false);
        if (content is null)
        {
            return $"there is no {item.FileName}";
        }

        await using (content.ConfigureAwait(false))
        {
            using var hash = new PackageHash(item);
            var buffer = new byte[256 * 1024];
            long length = 0;
            while (length <= item.Length && await content.Stream.ReadAsync(buffer, cancellation).ConfigureAwait(false) is var count and > 0)
            {
                await hash.AppendAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
                length += count;
            }

            if (length > item.Length)
            {
                return $"{item.FileName} is longer than the {item.Length} bytes that were sent";
            }

            return hash.Difference() is { } difference ? $"{item.FileName} is not what was sent: {difference}" : null;
        }
    }, cancellation);
}
