namespace TiupDmNet.Clusters;

/// <summary>Which names a cluster may have (pingcap/tiup pkg/cluster/clusterutil/cluster_name.go:31), without `.` and `..`, which TiUP lets through to be paths.</summary>
internal static class ClusterName
{
    private const string Seek = "`dotnet dm-patch list` shows the clusters that there are";

    public static void Check(string name)
    {
        if (name.Length == 0)
        {
            throw new ClusterException($"Cluster name must not be empty; {Seek}");
        }

        if (name is "." or ".." || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
        {
            throw new ClusterException($"Cluster name '{name}' is invalid: it may only contain letters, digits, `-`, `_` and `.`; {Seek}");
        }
    }
}
