using TiupDmNet.Packages.Reading;

namespace TiupDmNet.Packages;

/// <summary>Opens <c>.tar.gz</c> and plain tar as a stream and says what is in it, or why it must not be used.</summary>
public static class PackageReader
{
    /// <param name="path">The package.</param>
    /// <param name="component">The component to find in it, or null to find out which one it is.</param>
    /// <param name="limits">Null: <see cref="PackageLimits.Default"/>.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="PackageException">Hostile, damaged, another compression, or without a usable executable (the message lists what is there).</exception>
    public static Task<ComponentPackage> InspectAsync(string path, string? component, PackageLimits? limits, CancellationToken cancellation) =>
        InspectAsync(path, path, component, limits ?? PackageLimits.Default, cancellation);

    /// <summary>True when the file is an ELF executable rather than an archive.</summary>
    /// <exception cref="PackageException">The file is not there or not readable.</exception>
    public static async Task<bool> IsRawBinaryAsync(string path, CancellationToken cancellation)
    {
        var head = new byte[4];
        var file = InputFile.Open(path, path);
        await using (file.ConfigureAwait(false))
        {
            await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        }

        return ElfHeader.IsElf(head);
    }

    /// <summary>Reads what a raw executable is, as <see cref="InspectAsync(string, string?, PackageLimits?, CancellationToken)"/> does for one in a package.</summary>
    /// <exception cref="PackageException">Not there, or not an ELF executable for Linux.</exception>
    public static Task<Executable> InspectExecutableAsync(string path, CancellationToken cancellation) => Task.Run(
        () =>
        {
            using var file = InputFile.Open(path, path);
            using var probe = new ElfProbe();
            var buffer = new byte[128 * 1024];
            int count;
            while ((count = file.Read(buffer, 0, buffer.Length)) > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                probe.Write(buffer.AsSpan(0, count));
            }

            try
            {
                return probe.Finish();
            }
            catch (FormatException fault)
            {
                throw new PackageException($"{path} {fault.Message}", fault);
            }
        },
        cancellation);

    /// <param name="path">The file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="component">As above.</param>
    /// <param name="limits">As above.</param>
    /// <param name="cancellation">As above.</param>
    internal static async Task<ComponentPackage> InspectAsync(string path, string name, string? component, PackageLimits limits, CancellationToken cancellation)
    {
        if (component is not null)
        {
            Components.CheckName(component);
        }

        using var candidates = new Candidates(component is null ? [] : [component]);
        var scan = await PackageScan.RunAsync(path, name, limits, candidates, cancellation).ConfigureAwait(false);
        return candidates.Select(scan, path, component);
    }
}
