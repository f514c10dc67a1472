namespace TiupDmNet.Clusters.Topology;

/// <summary>Paths on the cluster's hosts, which are Unix whatever this machine is; joined and cleaned as by Go's path/filepath.</summary>
internal static class UnixPath
{
    public static bool IsAbsolute(string path) => path.StartsWith('/');

    public static string Join(params string[] parts)
    {
        var filled = parts.Where(part => part.Length > 0).ToArray();
        return filled.Length == 0 ? "" : Clean(string.Join('/', filled));
    }

    /// <summary>TiUP's rule for a path of the deploy user: below /home/&lt;user&gt; if relative (pingcap/tiup pkg/cluster/spec/util.go:192).</summary>
    public static string OfUser(string user, string path)
    {
        path = path.Trim();
        return IsAbsolute(path) ? Clean(path) : Join("/home", user.Trim(), path);
    }

    /// <summary>A comma-separated list of paths, each below <paramref name="directory"/> if relative.</summary>
    public static string[] List(string directory, string paths) =>
        [.. paths.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(path => Below(directory, path))];

    public static string Below(string directory, string path) => IsAbsolute(path) ? Clean(path) : Join(directory, path);

    private static string Clean(string path)
    {
        var kept = new List<string>();
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (kept.Count > 0 && kept[^1] != "..")
                {
                    kept.RemoveAt(kept.Count - 1);
                }
                else if (!IsAbsolute(path))
                {
                    kept.Add(part);
                }
            }
            else if (part != ".")
            {
                kept.Add(part);
            }
        }

        var joined = string.Join('/', kept);
        return IsAbsolute(path) ? "/" + joined : joined.Length == 0 ? "." : joined;
    }
}
