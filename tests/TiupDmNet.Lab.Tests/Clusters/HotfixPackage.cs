using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using TiupDmNet.Lab.Tests.Hosts;

namespace TiupDmNet.Lab.Tests.Clusters;

/// <summary>Tarballs as an engineer of the vendor hands them out, made without any code of the product.</summary>
internal static class HotfixPackage
{
    /// <summary><c>dm-worker-hotfix-linux-amd64.tar.gz</c> with the one entry that TiUP wants.</summary>
    public static Task<string> CreateAsync(string directory, StandInBuild build, CancellationToken cancellationToken) =>
        WriteAsync(
            Path.Combine(directory, $"{build.Component}-hotfix-linux-amd64.tar.gz"),
            [($"{build.Component}/{build.Component}", build.Path)],
            cancellationToken);

    /// <summary>The manual's <c>dm-linux-amd64.tar.gz</c>: all components of a release under bin/.</summary>
    public static Task<string> CreateBundleAsync(string directory, IEnumerable<StandInBuild> builds, CancellationToken cancellationToken) =>
        WriteAsync(
            Path.Combine(directory, "dm-linux-amd64.tar.gz"),
            builds.Select(build => ($"bin/{build.Component}", build.Path)),
            cancellationToken);

    /// <summary>Lower-case hex of the whole file, as the names in the cluster's patch directory begin with.</summary>
    public static string Sha1(string path)
    {
        using var file = File.OpenRead(path);
#pragma warning disable CA5350 // TiUP's file names, no protection.
        return Convert.ToHexStringLower(SHA1.HashData(file));
#pragma warning restore CA5350
    }

    private static async Task<string> WriteAsync(string path, IEnumerable<(string Entry, string Source)> members, CancellationToken cancellationToken)
    {
        await using var file = File.Create(path);
        await using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        await using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
        foreach (var (entry, source) in members)
        {
            await using var content = File.OpenRead(source);
            await tar.WriteEntryAsync(
                new UstarTarEntry(TarEntryType.RegularFile, entry) { Mode = HostFile.Executable, DataStream = content }, cancellationToken);
        }

        return path;
    }
}
