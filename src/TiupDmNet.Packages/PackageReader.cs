namespace TiupDmNet.Packages;

/// <summary>Opens <c>.tar.gz</c> and plain tar as a stream and says what is in it, or why it must not be used.</summary>
public static class PackageReader
{
    /// <param name="path">The package.</param>
    /// <param name="component">The component to find in it, or null to find out which one it is.</param>
    /// <param name="limits">Null: <see cref="PackageLimits.Default"/>.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="PackageException">Hostile, damaged, another compression, or without a usable executable (the message lists what is there).</exception>
    public static Task<ComponentPackage> InspectAsync(string path, string? component, PackageLimits? limits, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>True when the file is an ELF executable rather than an archive.</summary>
    public static Task<bool> IsRawBinaryAsync(string path, CancellationToken cancellation) => throw new NotImplementedException();
}
