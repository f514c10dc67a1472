namespace TiupDmNet.Mirror;

/// <summary>A package, and what it is to be on the mirror.</summary>
public sealed record Publication
{
    /// <summary>Id of the component: "dm-worker".</summary>
    public required string Component { get; init; }

    /// <summary>
    /// "v8.5.0"; one with "nightly" in it becomes the component's nightly. "v8.5.0-hotfix.1" orders below v8.5.0, so that it never is
    /// the latest where that is.
    /// </summary>
    public required string Version { get; init; }

    public required Platform Platform { get; init; }

    /// <summary>The package, a .tar.gz on this machine.</summary>
    public required string TarballPath { get; init; }

    /// <summary>The program in the package: "dm-worker/dm-worker".</summary>
    public required string Entry { get; init; }

    /// <summary>Of the component; null leaves it as it is.</summary>
    public string? Description { get; init; }

    /// <summary>Of a new component; not needed where the keys of only one owner are at hand.</summary>
    public string? Owner { get; init; }

    /// <summary>Puts it in the place of the same version that is there.</summary>
    public bool Force { get; init; }

    /// <summary>A new component is left out of lists. Says nothing about one that exists.</summary>
    public bool Hidden { get; init; }

    /// <summary>A new component is marked as one that runs by itself. Says nothing about one that exists.</summary>
    public bool Standalone { get; init; }
}

/// <summary>How far an upload is.</summary>
/// <param name="FileName">The package's name on the mirror.</param>
/// <param name="Sent">Bytes.</param>
/// <param name="Total">Bytes.</param>
public sealed record UploadProgress(string FileName, long Sent, long Total);
