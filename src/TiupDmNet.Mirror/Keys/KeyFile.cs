using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Trust;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror;

/// <summary>A key in a file of its own, in TiUP's format: one JSON object on one line. (pingcap/tiup pkg/repository/v1manifest/keys.go:26)</summary>
/// <param name="KeyId">Lower-case hex SHA-256 of its public half.</param>
/// <param name="Path">Where it was read from, or written to.</param>
/// <param name="IsPrivate">It can sign.</param>
/// <param name="PublicJson">The public half as JSON: what an index or a root says of the key.</param>
public sealed record KeyFile(string KeyId, string Path, bool IsPrivate, string PublicJson)
{
    /// <summary>Makes a new key, readable by its owner only.</summary>
    /// <exception cref="MirrorException">There is a file of that name: a key is never overwritten.</exception>
    public static async Task<KeyFile> CreateAsync(string path, CancellationToken cancellation = default)
    {
        if (File.Exists(path))
        {
            throw new MirrorException(MirrorFailure.NotConfigured, $"{path} exists already, and a key that is overwritten is gone; take another name, or see its public half with --public");
        }

        using var key = PrivateKey.Generate();
        ProfilePaths.EnsureDirectoryOf(System.IO.Path.GetFullPath(path));
        await AtomicFile.WriteAsync(path, key.ToFile(), AtomicFile.Private, cancellation).ConfigureAwait(false);
        return Of(key.Public, path, isPrivate: true);
    }

    /// <exception cref="MirrorException">The file is missing, or holds no key.</exception>
    public static async Task<KeyFile> ReadAsync(string path, CancellationToken cancellation = default)
    {
        var (key, isPrivate) = await ReadKeyAsync(path, cancellation).ConfigureAwait(false);
        return Of(key, path, isPrivate);
    }

    /// <summary>Writes the public half beside others, under the name that TiUP gives it: <c>&lt;16 hex of the id&gt;-public.json</c>.</summary>
    /// <returns>The file.</returns>
    public async Task<string> WritePublicAsync(string directory, CancellationToken cancellation = default)
    {
        var file = System.IO.Path.Combine(directory, $"{KeyId[..16]}-public.json");
        await AtomicFile.WriteAsync(file, Encoding.UTF8.GetBytes(PublicJson + "\n"), cancellation: cancellation).ConfigureAwait(false);
        return file;
    }

    internal static async Task<(PublicKey Key, bool IsPrivate)> ReadKeyAsync(string path, CancellationToken cancellation)
    {
        byte[] content;
        try
        {
            content = await File.ReadAllBytesAsync(path, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MirrorException(MirrorFailure.NotFound, $"cannot read the key {path}: {error.Message}", error);
        }

        using var mine = PrivateKey.TryRead(content);
        return (mine?.Public ?? TryReadPublic(content) ?? throw new MirrorException(
            MirrorFailure.NotConfigured, $"{path} is no key; `mirror genkey` makes one, and --save writes its public half"), mine is not null);
    }

    private static KeyFile Of(PublicKey key, string path, bool isPrivate) =>
        new(key.Id, System.IO.Path.GetFullPath(path), isPrivate, Encoding.UTF8.GetString(CanonicalJson.Write(key.ToJson())));

    private static PublicKey? TryReadPublic(byte[] content)
    {
        try
        {
            return JsonNode.Parse(content) is JsonObject key && (string?)key["keytype"] == PublicKey.KeyType && (string?)key["scheme"] == PublicKey.Scheme
                && (string?)key["keyval"]?["public"] is { } pem
                ? PublicKey.FromPem(pem)
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or CryptographicException)
        {
            return null;
        }
    }
}
