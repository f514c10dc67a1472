using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Trust;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Publishing;

/// <summary>A directory of private keys in TiUP's format, <c>&lt;16 hex of the id&gt;-&lt;role or owner&gt;.json</c>; only their owner may read them.</summary>
internal sealed class KeyRing : IDisposable
{
    private readonly Dictionary<string, PrivateKey> _keys = new(StringComparer.Ordinal);

    private KeyRing(string directory) => Directory = directory;

    public string Directory { get; }

    public static KeyRing Create(string directory)
    {
        ProfilePaths.EnsureDirectory(directory);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new KeyRing(directory);
    }

    /// <summary>Reads every key there is; other files are passed over. A single key's file will do, as TiUP's <c>-k</c> has it.</summary>
    public static async Task<KeyRing> OpenAsync(string directory, CancellationToken cancellation)
    {
        var ring = new KeyRing(directory);
        try
        {
            foreach (var file in Files(directory))
            {
                if (PrivateKey.TryRead(await File.ReadAllBytesAsync(file, cancellation).ConfigureAwait(false)) is { } key && !ring._keys.TryAdd(key.Id, key))
                {
                    key.Dispose();
                }
            }

            return ring;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ring.Dispose();
            throw new StorageException($"cannot read the keys in {directory}: {error.Message}", error);
        }
    }

    public async Task<(PublicKey Key, string File)> GenerateAsync(string holder, CancellationToken cancellation)
    {
        var key = PrivateKey.Generate();
        var file = Path.Combine(Directory, $"{key.Id[..16]}-{holder}.json");
        await AtomicFile.WriteAsync(file, key.ToFile(), AtomicFile.Private, cancellation).ConfigureAwait(false);
        _keys.Add(key.Id, key);
        return (key.Public, file);
    }

    public IEnumerable<PrivateKey> All => _keys.Values;

    public bool CanSignFor(RoleKeys role) => Of(role).Count() >= role.Threshold;

    /// <summary>Those of a role's keys that are here, to sign with.</summary>
    /// <exception cref="MirrorException">There are too few of them.</exception>
    public IReadOnlyList<PrivateKey> For(RoleKeys role)
    {
        var keys = Of(role).ToList();
        return keys.Count >= role.Threshold
            ? keys
            : throw new MirrorException(
                MirrorFailure.NotConfigured, $"{role.Name} needs {role.Threshold} signatures, and {Directory} has {keys.Count} of its keys ({string.Join(", ", role.Keys.Keys.Select(id => id[..16]))})");
    }

    /// <summary>Those of a role's keys that are here, be they enough or not.</summary>
    public IEnumerable<PrivateKey> Of(RoleKeys role) => role.Keys.Values.DistinctBy(key => key.Id).Where(key => _keys.ContainsKey(key.Id)).Select(key => _keys[key.Id]);

    public void Dispose()
    {
        foreach (var key in _keys.Values)
        {
            key.Dispose();
        }
    }

    private static IEnumerable<string> Files(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        return System.IO.Directory.Exists(path) ? System.IO.Directory.EnumerateFiles(path, "*.json") : [];
    }
}
