namespace TiupDmNet.Packages;

/// <summary>
/// What <c>dm-master -V</c> and <c>GET /status</c> print (pingcap/tiflow pkg/version/version.go:58). A line that is missing is "".
/// </summary>
public sealed record BuildInfo(string ReleaseVersion, string GitCommit, string GitBranch, string BuildTime, string GoVersion)
{
    /// <summary>Reads the text by its prefixes; null when it has no "Release Version:" line.</summary>
    public static BuildInfo? Parse(string text) => throw new NotImplementedException(text);
}
