using TiupDmNet.Clusters.Topology;
using TiupDmNet.Storage;

namespace TiupDmNet.Clusters;

/// <summary>One cluster's local files under <c>storage/dm/clusters/&lt;name&gt;</c>.</summary>
public sealed class Cluster
{
    internal Cluster()
    {
    }

    public string Name => throw new NotImplementedException();

    public ClusterPaths Paths => throw new NotImplementedException();

    /// <summary>As of the last read or write through this object.</summary>
    public ClusterTopology Topology => throw new NotImplementedException();

    /// <summary>The patched packages that scale-out installs.</summary>
    public PatchStore Patches => throw new NotImplementedException();

    /// <summary>True while TiUP's <c>.scale-out.yaml</c> is there: another scale-out is half done.</summary>
    public bool ScaleOutInProgress => throw new NotImplementedException();

    /// <summary>Takes the cluster's lock for as long as the result lives.</summary>
    /// <param name="command">What the lock is for, as the operator typed it.</param>
    /// <exception cref="ClusterLockedException">Another run holds it; the message says who, since when, what.</exception>
    public AdvisoryLock Lock(LockOwner command) => throw new NotImplementedException();

    /// <summary>
    /// Reads meta.yaml anew, sets or clears <c>patched</c> of these nodes in its text, checks the result, keeps a backup
    /// and replaces the file. Everything else in it stays as it is, byte for byte. Does nothing when nothing changes.
    /// </summary>
    public Task MarkPatchedAsync(IReadOnlyCollection<string> nodeIds, bool patched, CancellationToken cancellation) => throw new NotImplementedException();
}

/// <summary>The files of a cluster (pingcap/tiup pkg/cluster/spec/spec_manager.go:40).</summary>
public sealed record ClusterPaths(string Directory)
{
    public string Meta => Path.Combine(Directory, "meta.yaml");

    public string Backups => Path.Combine(Directory, "backup");

    public string PrivateKey => Path.Combine(Directory, "ssh", "id_rsa");

    public string PublicKey => Path.Combine(Directory, "ssh", "id_rsa.pub");

    /// <summary>Host keys of this cluster's hosts; ours, TiUP keeps none.</summary>
    public string KnownHosts => Path.Combine(Directory, "ssh", "known_hosts");

    public string Patches => Path.Combine(Directory, "patch");

    public string TlsCa => Path.Combine(Directory, "tls", "ca.crt");

    public string TlsClientCertificate => Path.Combine(Directory, "tls", "client.crt");

    public string TlsClientKey => Path.Combine(Directory, "tls", "client.pem");

    public string ScaleOutMark => Path.Combine(Directory, ".scale-out.yaml");

    /// <summary>Journals of our runs and the lock; a directory of ours beside TiUP's.</summary>
    public string DmPatch => Path.Combine(Directory, "dm-patch");
}
