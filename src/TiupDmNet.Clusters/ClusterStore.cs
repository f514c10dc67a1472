using TiupDmNet.Storage;

namespace TiupDmNet.Clusters;

/// <summary>A line of <c>list</c>.</summary>
public sealed record ClusterSummary(string Name, string User, string Version, string Path, string PrivateKey);

/// <summary>The clusters of this TIUP_HOME.</summary>
public sealed class ClusterStore(TiupHome home, TimeProvider time)
{
    /// <summary>Every cluster with a meta.yaml, by name. A cluster whose meta.yaml cannot be read is listed in <paramref name="unreadable"/>, not hidden and not fatal.</summary>
    public IReadOnlyList<ClusterSummary> List(out IReadOnlyList<ClusterException> unreadable)
    {
        var readable = new List<ClusterSummary>();
        var failures = new List<ClusterException>();
        foreach (var name in Names())
        {
            try
            {
                var cluster = new Cluster(name, PathsOf(name), time);
                readable.Add(new ClusterSummary(name, cluster.Topology.User, cluster.Topology.Version, cluster.Paths.Directory, cluster.Paths.PrivateKey));
            }
            catch (ClusterException failure)
            {
                failures.Add(failure);
            }
        }

        unreadable = failures;
        return readable;
    }

    /// <exception cref="ClusterException">Invalid name, no such cluster, or a meta.yaml that cannot be understood.</exception>
    public Cluster Open(string name)
    {
        ClusterName.Check(name);
        var paths = PathsOf(name);
        if (!File.Exists(paths.Meta))
        {
            throw new ClusterException($"dm cluster `{name}` not exists; `dotnet dm-patch list` shows the clusters in {home.ClustersDirectory}{Suggestion.For(name, Names())}");
        }

        return new Cluster(name, paths, time);
    }

    /// <summary>
    /// Ports and directories of nodes to be added that another cluster uses on the same machine: one sentence each. Exporters,
    /// which clusters share, do not count. A cluster whose meta.yaml cannot be read is skipped; <see cref="List"/> tells of it.
    /// </summary>
    /// <param name="cluster">The cluster that they are added to.</param>
    /// <param name="added">As from <see cref="Topology.ScaleOutTopology"/>.</param>
    public IReadOnlyList<string> FindConflicts(string cluster, IReadOnlyCollection<Topology.Node> added)
    {
        var conflicts = new List<string>();
        foreach (var name in Names().Where(name => name != cluster))
        {
            try
            {
                conflicts.AddRange(Neighbours.FindConflicts(added, name, new Cluster(name, PathsOf(name), time).Topology.Nodes));
            }
            catch (ClusterException)
            {
                // Another cluster's damage is no reason not to change this one.
            }
        }

        return conflicts;
    }

    private List<string> Names()
    {
        try
        {
            return
            [
                .. Directory.EnumerateDirectories(home.ClustersDirectory)
                    .Select(directory => Path.GetFileName(directory))
                    .Where(name => File.Exists(PathsOf(name).Meta))
                    .Order(StringComparer.Ordinal),
            ];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"cannot read {home.ClustersDirectory}: {failure.Message.TrimEnd('.')}; run the command as the user that deployed the clusters", failure);
        }
    }

    private ClusterPaths PathsOf(string name) => new(Path.Combine(home.ClustersDirectory, name));
}
