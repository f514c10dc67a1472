using TiupDmNet.Storage;

namespace TiupDmNet.Clusters;

/// <summary>A line of <c>list</c>.</summary>
public sealed record ClusterSummary(string Name, string User, string Version, string Path, string PrivateKey);

/// <summary>The clusters of this TIUP_HOME.</summary>
public sealed class ClusterStore(TiupHome home, TimeProvider time)
{
    /// <summary>Every cluster with a meta.yaml, by name. A cluster whose meta.yaml cannot be read is listed in <paramref name="unreadable"/>, not hidden and not fatal.</summary>
    public IReadOnlyList<ClusterSummary> List(out IReadOnlyList<ClusterException> unreadable) => throw new NotImplementedException();

    /// <exception cref="ClusterException">Invalid name, no such cluster, or a meta.yaml that cannot be understood.</exception>
    public Cluster Open(string name) => throw new NotImplementedException(home.Root + time);
}
