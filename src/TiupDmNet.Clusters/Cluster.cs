using System.Diagnostics.CodeAnalysis;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.Storage;

namespace TiupDmNet.Clusters;

/// <summary>One cluster's local files under <c>storage/dm/clusters/&lt;name&gt;</c>.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing to give back.")]
public sealed class Cluster
{
    private readonly MetaFile _meta;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile ClusterTopology _topology;

    internal Cluster(string name, ClusterPaths paths, TimeProvider time)
    {
        Name = name;
        Paths = paths;
        Patches = new PatchStore(paths.Patches);
        _meta = new MetaFile(paths, time);
        _topology = _meta.Read().Topology;
    }

    public string Name { get; }

    public ClusterPaths Paths { get; }

    /// <summary>As of the last read or write through this object.</summary>
    public ClusterTopology Topology => _topology;

    /// <summary>The patched packages that scale-out installs.</summary>
    public PatchStore Patches { get; }

    /// <summary>True while TiUP's <c>.scale-out.yaml</c> is there: another scale-out is half done.</summary>
    public bool ScaleOutInProgress => File.Exists(Paths.ScaleOutMark);

    /// <summary>Reads meta.yaml anew.</summary>
    /// <exception cref="ClusterException">It cannot be read or understood; <see cref="Topology"/> stays as it was.</exception>
    public ClusterTopology Refresh() => _topology = _meta.Read().Topology;

    /// <summary>
    /// Takes the cluster's lock for as long as the result lives. Its <see cref="AdvisoryLock.TakenOverFrom"/> names an owner
    /// that died: its run may be half done.
    /// </summary>
    /// <param name="command">What the lock is for, as the operator typed it.</param>
    /// <exception cref="ClusterLockedException">Another run holds it; the message says who, since when, what.</exception>
    public AdvisoryLock Lock(LockOwner command)
    {
        MetaFile.CreateDirectory(Paths.DmPatch);
        var path = Path.Combine(Paths.DmPatch, "lock");
        if (AdvisoryLock.TryAcquire(path, command, out var taken, out var heldBy))
        {
            return taken!;
        }

        var holder = heldBy is null
            ? "another process holds it"
            : $"{heldBy.User}@{heldBy.Host} has been running `{heldBy.Purpose}` since {heldBy.Since:yyyy-MM-dd HH:mm:ss zzz} (process {heldBy.ProcessId})";
        throw new ClusterLockedException($"cluster `{Name}` is locked: {holder}; wait until it has ended ({path})");
    }

    /// <summary>
    /// Reads meta.yaml anew, sets or clears <c>patched</c> of these nodes in its text, checks the result, keeps a backup
    /// and replaces the file. Everything else in it stays as it is, byte for byte. Does nothing when nothing changes.
    /// </summary>
    /// <exception cref="ClusterException">A node is not in meta.yaml any more, or the file cannot be read or edited safely.</exception>
    /// <exception cref="StorageException">The file or its backup cannot be written; meta.yaml is as it was.</exception>
    public Task MarkPatchedAsync(IReadOnlyCollection<string> nodeIds, bool patched, CancellationToken cancellation) =>
        ChangeAsync(meta => PatchedMark.Apply(meta, nodeIds, patched), cancellation);

    /// <summary>
    /// Reads meta.yaml anew and adds these nodes, each behind those of its role; with the same care as
    /// <see cref="MarkPatchedAsync"/>. Unlike TiUP's scale-out it loses nothing, not even <c>component_sources</c>.
    /// </summary>
    /// <param name="nodes">As from <see cref="ScaleOutTopology"/>, with platform and <see cref="Node.Patched"/> filled in.</param>
    /// <param name="cancellation">Heeded until the file is replaced.</param>
    /// <exception cref="ClusterException">A node is in meta.yaml already, or the file cannot be read or edited safely.</exception>
    /// <exception cref="StorageException">The file or its backup cannot be written; meta.yaml is as it was.</exception>
    public Task AddNodesAsync(IReadOnlyCollection<Node> nodes, CancellationToken cancellation) =>
        ChangeAsync(meta => NewNodes.Add(meta, nodes), cancellation);

    private async Task ChangeAsync(Func<ParsedMeta, ParsedMeta> edit, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            _topology = (await _meta.ChangeAsync(edit, cancellation).ConfigureAwait(false)).Topology;
        }
        finally
        {
            _turn.Release();
        }
    }
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
