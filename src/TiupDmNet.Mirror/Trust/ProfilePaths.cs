using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Trust;

/// <summary>Where trust lies in a profile: TiUP's files, and what is ours alone under <c>storage/dm-patch</c>.</summary>
internal sealed class ProfilePaths(TiupHome home)
{
    private readonly string _own = Path.Combine(home.Root, "storage", "dm-patch");

    /// <summary>The trust anchor that TiUP uses too.</summary>
    public string Anchor => Path.Combine(home.BinDirectory, "root.json");

    /// <summary>The highest versions seen, for each anchor.</summary>
    public string Memory => Path.Combine(_own, "mirror-state.json");

    public string Lock => Path.Combine(_own, "mirror.lock");

    /// <summary>The root that was trusted for an address, whichever mirror the profile is set to now.</summary>
    public string Pin(string address) => Path.Combine(home.BinDirectory, MirrorAddress.PinName(address));

    /// <summary>TiUP's cache belongs to the mirror that the profile is set to; another mirror gets one of its own.</summary>
    public string Manifests(string address, bool isOfProfile) => isOfProfile
        ? home.ManifestsDirectory
        : Path.Combine(_own, "mirrors", MirrorAddress.Fingerprint(address), "manifests");

    /// <summary>Held while a package is written to a place, so that two processes do not share one part file.</summary>
    public string DownloadLock(string target) => Path.Combine(_own, "locks", MirrorAddress.Fingerprint(Path.GetFullPath(target)) + ".lock");

    public static void EnsureDirectoryOf(string file) => EnsureDirectory(Path.GetDirectoryName(file)!);

    public static void EnsureDirectory(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"cannot create the directory {directory}: {error.Message}", error);
        }
    }
}
