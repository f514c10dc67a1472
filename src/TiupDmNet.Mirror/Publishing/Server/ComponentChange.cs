namespace TiupDmNet.Mirror.Publishing.Server;

/// <summary>A change of one component, which can be made again on top of what others have changed in the meantime.</summary>
internal abstract class ComponentChange(string component, string version)
{
    public string Component => component;

    public string Version => version;

    /// <summary>"publish dm-worker v8.5.0", for errors.</summary>
    public abstract string Name { get; }

    /// <summary>Who is to own a new component; null where nobody was named.</summary>
    public virtual string? Owner => null;

    /// <summary>What is said of a new component in the index.</summary>
    public virtual IReadOnlyDictionary<string, bool> Flags { get; } = new Dictionary<string, bool>();

    /// <param name="again">An earlier attempt may have been half successful: what is there may be its work.</param>
    /// <returns>The package to send with the manifest, null if none.</returns>
    /// <exception cref="MirrorException">It cannot be made.</exception>
    public abstract OutgoingPackage? Apply(ComponentDraft draft, bool again);

    /// <summary>True if a manifest has the change.</summary>
    public abstract bool IsIn(ComponentManifest manifest);

    /// <summary>What a mirror with the change must serve, null if that is no package.</summary>
    public virtual VersionItem? Item(ComponentManifest manifest) => null;
}

internal sealed class PublishChange(Publication publication, TiupVersion version, PackageDigest digest) : ComponentChange(publication.Component, publication.Version)
{
    public override string Name => $"publish {Component} {Version}";

    public override string? Owner => publication.Owner;

    public override IReadOnlyDictionary<string, bool> Flags { get; } = Marks(publication);

    public override OutgoingPackage? Apply(ComponentDraft draft, bool again)
    {
        // What an earlier attempt has announced keeps its name: only its package may still be missing.
        var own = again && draft.Find(version, publication.Platform) is { } found && IsOwn(found) ? found : null;
        var replaced = own is null ? draft.RequirePlace(publication, version) : null;
        var fileName = own?.FileName ?? ComponentDraft.FileName(publication, replaced is null ? null : digest.Sha256);
        draft.Put(publication, version, fileName, digest);
        return new OutgoingPackage(publication.TarballPath, fileName, digest);
    }

    public override bool IsIn(ComponentManifest manifest) => Item(manifest) is not null;

    public override VersionItem? Item(ComponentManifest manifest) =>
        manifest.Items.FirstOrDefault(item => item.Version == version && item.Platform == publication.Platform && IsOwn(item));

    private bool IsOwn(VersionItem item) => item.Sha256 == digest.Sha256 && item.Sha512 == digest.Sha512 && item.Length == digest.Length && item.Entry == publication.Entry;

    private static Dictionary<string, bool> Marks(Publication publication)
    {
        var marks = new Dictionary<string, bool>(StringComparer.Ordinal);
        if (publication.Standalone)
        {
            marks["standalone"] = true;
        }

        if (publication.Hidden)
        {
            marks["hidden"] = true;
        }

        return marks;
    }
}

internal sealed class YankChange(string component, string version, bool yanked, string mirror) : ComponentChange(component, version)
{
    public override string Name => $"{(yanked ? "yank" : "unyank")} {Component} {Version}";

    public override OutgoingPackage? Apply(ComponentDraft draft, bool again) => draft.TryYank(Version, yanked)
        ? null
        : throw new MirrorException(MirrorFailure.NotFound, $"{mirror} has no {Component} {Version}");

    public override bool IsIn(ComponentManifest manifest) => manifest.Items.Where(item => item.Version.Text == Version).All(item => item.Yanked == yanked);
}
