using TiupDmNet.Mirror.Downloads;

namespace TiupDmNet.Mirror.Publishing.Intake;

/// <summary>Packages on their way into a mirror's directory, as far as the file system can tell.</summary>
internal static class IncomingPackages
{
    public static IReadOnlyList<IncomingPackage> Describe(string directory, IReadOnlyList<Incoming> packages) => [.. packages.Select(package => new IncomingPackage(
        package.Item.Component,
        package.Item.Version,
        package.Item.Platform,
        package.FileName,
        package.Item.Length,
        package.Item.Sha256,
        package.From.Mirror.Address,
        IsPresent(directory, package)))];

    /// <summary>Better now than after hours of fetching.</summary>
    /// <exception cref="MirrorException">The packages will not fit.</exception>
    public static void RequireSpace(string directory, IReadOnlyList<Incoming> packages)
    {
        var needed = packages.Where(package => !IsPresent(directory, package))
            .Sum(package => (decimal)Math.Max(0, package.Item.Length - PartFile.LengthBeside(Path.Combine(directory, package.FileName))));
        var free = Free(directory);
        if (free < needed)
        {
            throw new MirrorException(
                MirrorFailure.NotConfigured, FormattableString.Invariant($"{directory} has {free} bytes free, and the packages need {needed} more; nothing was fetched"));
        }
    }

    private static bool IsPresent(string directory, Incoming package) =>
        new FileInfo(Path.Combine(directory, package.FileName)) is { Exists: true, Length: var length } && (package.Item.Length == 0 || length == package.Item.Length);

    private static decimal Free(string directory)
    {
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Some file systems do not say. The write will.
            return decimal.MaxValue;
        }
    }
}
