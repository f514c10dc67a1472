using TiupDmNet.Clusters;
using TiupDmNet.Storage;

namespace TiupDmNet.Cli.Arguments;

/// <summary>Words for the shell to offer. What cannot be read offers nothing.</summary>
internal static class Completions
{
    public static IEnumerable<string> Clusters(App app)
    {
        try
        {
            return [.. app.Clusters.List(out _).Select(cluster => cluster.Name)];
        }
        catch (Exception e) when (e is ClusterException or StorageException)
        {
            return [];
        }
    }
}
