using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Publishing.Roots;

/// <summary>A manifest in a file after it was signed.</summary>
/// <param name="Type">"root", "component", …</param>
/// <param name="SignedNow">Ids of the keys that have signed it now.</param>
/// <param name="SignedBefore">Ids of the keys that had signed it before.</param>
public sealed record SignedManifest(string Type, long Version, DateTimeOffset Expires, IReadOnlyList<string> SignedNow, IReadOnlyList<string> SignedBefore);

/// <summary>Adds signatures to a manifest that lies in a file and goes from hand to hand.</summary>
public static class ManifestSigning
{
    private const long Largest = 64 << 20;

    /// <param name="file">Written anew, in canonical form.</param>
    /// <param name="keys">A key's file, or a directory: of that, for a root, the keys that the root names.</param>
    /// <exception cref="MirrorException">It is no manifest, there is no key for it, or all of them have signed it already.</exception>
    public static async Task<SignedManifest> SignAsync(string file, string keys, CancellationToken cancellation = default)
    {
        var bytes = await ReadAsync(file, cancellation).ConfigureAwait(false);
        var document = SignedDocument.Parse(new Origin(Path.GetFileName(file), Path.GetDirectoryName(Path.GetFullPath(file))!), bytes);
        using var ring = await KeyRing.OpenAsync(keys, cancellation).ConfigureAwait(false);
        var type = document.Signed.Text("_type");
        var header = ManifestHeader.Read(document, type);
        var mine = type == RoleNames.Root && Directory.Exists(keys) ? ring.Of(RootManifest.Read(document).Role(RoleNames.Root)) : ring.All;
        var before = document.Signatures.Select(signature => signature.KeyId).ToList();
        var missing = mine.Where(key => !before.Contains(key.Id)).ToList();
        if (missing.Count == 0)
        {
            throw new MirrorException(
                MirrorFailure.NotConfigured, $"there is no key in {keys} that {(before.Count > 0 ? $"has not signed {file} already" : $"{file} names; give the file of the key")}");
        }

        var draft = JsonNode.Parse(document.SignedBytes.Span)!.AsObject();
        var payload = CanonicalJson.Write(draft);
        var signatures = JsonNode.Parse(bytes)!["signatures"]!.DeepClone().AsArray();
        missing.ForEach(key => signatures.Add(key.Sign(payload)));
        await AtomicFile.WriteAsync(file, CanonicalJson.Write(new JsonObject { ["signatures"] = signatures, ["signed"] = draft }), cancellation: cancellation).ConfigureAwait(false);
        return new SignedManifest(type, header.Version, header.Expires, [.. missing.Select(key => key.Id)], before);
    }

    internal static async Task<byte[]> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return new FileInfo(file).Length <= Largest
                ? await File.ReadAllBytesAsync(file, cancellation).ConfigureAwait(false)
                : throw new MirrorException(MirrorFailure.NotConfigured, $"{file} is no manifest: it is larger than {Largest >> 20} MiB");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MirrorException(MirrorFailure.NotFound, $"cannot read {file}: {error.Message}", error);
        }
    }
}
