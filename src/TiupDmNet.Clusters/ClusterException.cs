namespace TiupDmNet.Clusters;

/// <summary>A cluster's local files are missing, damaged, locked, or do not allow what was asked. The message is a sentence for the operator.</summary>
public class ClusterException : Exception
{
    public ClusterException(string message) : base(message)
    {
    }

    public ClusterException(string message, Exception inner) : base(message, inner)
    {
    }
}

/// <summary>Another run holds the cluster's lock.</summary>
public sealed class ClusterLockedException(string message) : ClusterException(message);

/// <summary>The nodes or roles asked for do not exist in the topology, or select nothing.</summary>
public sealed class NodeSelectionException(string message) : ClusterException(message);
