using System.Text.RegularExpressions;

namespace TiupDmNet.Mirror.Manifests;

/// <summary>Names of roles and files as the protocol fixes them. (pingcap/tiup pkg/repository/v1manifest/manifest.go:30)</summary>
internal static partial class RoleNames
{
    public const string Root = "root";
    public const string Index = "index";
    public const string Snapshot = "snapshot";
    public const string Timestamp = "timestamp";
    public const string Component = "component";

    public const string RootFile = "root.json";
    public const string SnapshotFile = "snapshot.json";
    public const string TimestampFile = "timestamp.json";
    public const string IndexFile = "index.json";

    /// <summary>Root, index, snapshot and timestamp: what a root manifest must name keys for.</summary>
    public static IReadOnlyList<string> TopLevel { get; } = [Root, Index, Snapshot, Timestamp];

    /// <summary>"5.index.json" for version 5 of "/index.json".</summary>
    public static string Versioned(long version, string url) => FormattableString.Invariant($"{version}.{url.TrimStart('/')}");

    /// <summary>
    /// True for an id that can be a file name on a mirror and in the cache without being taken for another file:
    /// a component called "root" or "2.root" would be stored where a trusted root is looked for.
    /// </summary>
    public static bool IsSafeId(string id) => Id().IsMatch(id) && !Reserved().IsMatch(id);

    /// <summary>True for a url that names a file in the mirror's only directory: "/dm-worker-v8.5.0-linux-amd64.tar.gz".</summary>
    public static bool IsSafeUrl(string url) => Url().IsMatch(url);

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}\z")]
    private static partial Regex Id();

    [GeneratedRegex(@"^([0-9]+\.)?(root|index|snapshot|timestamp)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reserved();

    [GeneratedRegex(@"^/[A-Za-z0-9_][A-Za-z0-9_.+~-]{0,199}\z")]
    private static partial Regex Url();
}
