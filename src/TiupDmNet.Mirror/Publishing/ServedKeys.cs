using System.Text.RegularExpressions;
using TiupDmNet.Mirror.Keys;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror;

/// <summary>What becomes of private keys that lie within the directory of a mirror, where TiUP puts them.</summary>
public enum ServedKeys
{
    /// <summary>Nothing is published: whoever reads the mirror may have them.</summary>
    Refused,

    /// <summary>The operator knows that they are not served.</summary>
    Allowed,
}

/// <summary>Looks for private keys where a web server would hand them out.</summary>
internal static partial class ServedKeysCheck
{
    /// <summary>TiUP's place for them. (pingcap/tiup pkg/repository/mirror.go:146)</summary>
    private const string OfTiup = "keys";

    /// <summary>Where the keys of a mirror are: where the operator says, or beside it, or, if that is allowed and they are there, where TiUP puts them.</summary>
    public static string Locate(string directory, string? given, ServedKeys served)
    {
        var (beside, within) = (MirrorPublisher.DefaultKeysDirectory(directory), Path.Combine(directory, OfTiup));
        return given ?? (served == ServedKeys.Allowed && !Directory.Exists(beside) && Directory.Exists(within) ? within : beside);
    }

    /// <exception cref="MirrorException">The keys' directory is within the mirror's, or that holds private keys.</exception>
    public static async Task RefuseAsync(string directory, string keysDirectory, ServedKeys served, CancellationToken cancellation)
    {
        if (served == ServedKeys.Allowed)
        {
            return;
        }

        if ((Path.GetFullPath(keysDirectory) + "/").StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)) + "/", StringComparison.Ordinal))
        {
            throw new MirrorException(
                MirrorFailure.NotConfigured,
                $"the keys in {keysDirectory} would be served to everyone who reads the mirror {directory}; keep them outside of it, as in {MirrorPublisher.DefaultKeysDirectory(directory)}");
        }

        if (await FindAsync(directory, cancellation).ConfigureAwait(false) is { } key)
        {
            throw new MirrorException(
                MirrorFailure.NotConfigured,
                $"{key} is a private key, and would be served to everyone who reads the mirror {directory}; move the keys to {MirrorPublisher.DefaultKeysDirectory(directory)}, or say --allow-keys-in-mirror if nobody is served them");
        }
    }

    /// <summary>In the directory or one below it, as nobody hides them deeper; null if there is none.</summary>
    private static async Task<string?> FindAsync(string directory, CancellationToken cancellation)
    {
        if (!Directory.Exists(directory))
        {
            return null;
        }

        try
        {
            var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1, AttributesToSkip = FileAttributes.None };
            foreach (var file in Directory.EnumerateFiles(directory, "*.json", options).Where(file => !ManifestName().IsMatch(Path.GetFileName(file))).Order(StringComparer.Ordinal))
            {
                if (PrivateKey.TryReadRsa(await File.ReadAllBytesAsync(file, cancellation).ConfigureAwait(false)) is { } key)
                {
                    key.Dispose();
                    return file;
                }
            }

            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"cannot look through {directory} for private keys: {error.Message}", error);
        }
    }

    [GeneratedRegex(@"^([0-9]+\..+|root|snapshot|timestamp)\.json\z")]
    private static partial Regex ManifestName();
}
