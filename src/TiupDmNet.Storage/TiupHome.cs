namespace TiupDmNet.Storage;

/// <summary>
/// Where things lie under TIUP_HOME. TiUP and this tool read and write the same files.
/// (pingcap/tiup pkg/localdata/profile.go:48, pkg/cluster/spec/profile.go:57)
/// </summary>
public sealed class TiupHome
{
    private TiupHome(string root, string dmData)
    {
        Root = root;
        DmData = dmData;
    }

    /// <summary>The profile root: <c>$TIUP_HOME</c>, else <c>~/.tiup</c>.</summary>
    public string Root { get; }

    /// <summary>What belongs to DM: <c>$TIUP_COMPONENT_DATA_DIR</c> as it is, else <c>&lt;root&gt;/storage/dm</c>.</summary>
    public string DmData { get; }

    /// <summary>The mirror address (<c>mirror = "…"</c>).</summary>
    public string ConfigFile => Path.Combine(Root, "tiup.toml");

    /// <summary>Holds <c>root.json</c>, the trust anchor, and one pinned root for each mirror address.</summary>
    public string BinDirectory => Path.Combine(Root, "bin");

    /// <summary>Verified manifests.</summary>
    public string ManifestsDirectory => Path.Combine(Root, "manifests");

    /// <summary>Private keys of owners.</summary>
    public string KeysDirectory => Path.Combine(Root, "keys");

    /// <summary>Downloaded packages, shared with tiup-dm.</summary>
    public string PackagesDirectory => Path.Combine(DmData, "packages");

    /// <summary>One directory for each cluster.</summary>
    public string ClustersDirectory => Path.Combine(DmData, "clusters");

    /// <summary>One file for each command that was run.</summary>
    public string AuditDirectory => Path.Combine(DmData, "audit");

    /// <param name="environment">Looks an environment variable up; null or empty means "not set".</param>
    /// <exception cref="StorageException">Neither TIUP_HOME nor HOME is set.</exception>
    public static TiupHome Resolve(Func<string, string?> environment)
    {
        var root = Value("TIUP_HOME");
        if (root is null)
        {
            var home = Value("HOME")
                ?? throw new StorageException("neither TIUP_HOME nor HOME is set, so there is no place for TiUP's files; set TIUP_HOME to the directory that `tiup` uses");
            root = Path.Combine(home, ".tiup");
        }

        root = Path.GetFullPath(root);
        return new TiupHome(root, Path.GetFullPath(Value("TIUP_COMPONENT_DATA_DIR") ?? Path.Combine(root, "storage", "dm")));

        string? Value(string name) => environment(name) is { Length: > 0 } value ? value : null;
    }
}
