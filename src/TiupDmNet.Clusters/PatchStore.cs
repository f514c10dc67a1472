namespace TiupDmNet.Clusters;

/// <summary>
/// <c>patch/&lt;component&gt;-&lt;sha1[0:7]&gt;.tar.gz</c> and the relative link <c>patch/&lt;component&gt;.tar.gz</c>, which
/// scale-out (ours and TiUP's) installs instead of the release package (pingcap/tiup pkg/cluster/manager/patch.go:188).
/// </summary>
public sealed class PatchStore(string directory)
{
    /// <summary>Copies the package in and points the link at it; both by rename. Returns the path of the copy.</summary>
    public Task<string> SetAsync(string component, string packagePath, CancellationToken cancellation) => throw new NotImplementedException(directory);

    /// <summary>The file the link points at, or null where there is no link.</summary>
    /// <exception cref="ClusterException">The link points nowhere: TiUP would silently install the release package.</exception>
    public string? Find(string component) => throw new NotImplementedException();

    /// <summary>Takes the link away; the packages stay.</summary>
    public void Clear(string component) => throw new NotImplementedException();
}
