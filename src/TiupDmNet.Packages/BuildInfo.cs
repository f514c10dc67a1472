namespace TiupDmNet.Packages;

/// <summary>
/// What <c>dm-master -V</c> and <c>GET /status</c> print (pingcap/tiflow pkg/version/version.go:58). A line that is missing is "".
/// </summary>
public sealed record BuildInfo(string ReleaseVersion, string GitCommit, string GitBranch, string BuildTime, string GoVersion)
{
    /// <summary>Reads the text by its prefixes; null when it has no "Release Version:" line.</summary>
    public static BuildInfo? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        // Versions of DM print more or fewer lines, so each is looked up by its name; the first of a name counts.
        var lines = text.Split('\n');
        return Value("Release Version:") is { } release
            ? new BuildInfo(release, Value("Git Commit Hash:") ?? "", Value("Git Branch:") ?? "", Value("UTC Build Time:") ?? "", Value("Go Version:") ?? "")
            : null;

        string? Value(string name) => lines
            .Select(line => line.Trim())
            .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..]
            .Trim();
    }
}
