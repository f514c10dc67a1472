namespace TiupDmNet.Mirror;

/// <summary>A package on this machine whose length and hashes are those that its owner has signed.</summary>
/// <param name="AlreadyPresent">Nothing was downloaded: the file was there and was right.</param>
/// <param name="Offline">The mirror could not be reached: the file was held against the manifests that were verified last.</param>
public sealed record DownloadedPackage(string Path, VersionItem Item, bool AlreadyPresent, bool Offline);

/// <param name="Received">Bytes here so far, those of an earlier run included.</param>
/// <param name="Total">Bytes of the whole package, 0 if unknown.</param>
public sealed record DownloadProgress(string FileName, long Received, long Total);
