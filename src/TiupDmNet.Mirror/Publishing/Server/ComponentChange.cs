using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing.Server;

/// <summary>A change of one component, which can be made again on top of what others have changed in the meantime.</summary>
internal abstract class ComponentChange(string component)
{
    public string Component => component;

    /// <summary>"publish dm-worker v8.5.0", for errors.</summary>
    public abstract string Name { get; }

    /// <summary>Who is to own a new component; null where nobody was named.</summary>
    public virtual string? Owner => null;

    /// <summary>What is to be said of the component in the index; what is left out stays as it is.</summary>
    public virtual IReadOnlyDictionary<string, bool> Flags(bool isNew) => new Dictionary<string, bool>();

    /// <summary>What to do where the mirror names a package and does not serve it.</summary>
    public virtual string Remedy => "try it again";

    /// <param name="again">An earlier attempt may have been half successful: what is there may be its work.</param>
    /// <returns>The package to send with the manifest, null if none.</returns>
    /// <exception cref="MirrorException">It cannot be made.</exception>
    public abstract OutgoingPackage? Apply(ComponentDraft draft, bool again);

    /// <summary>True if the mirror has the change.</summary>
    /// <param name="index">What the index says of the component.</param>
    /// <param name="manifest">The component's own manifest.</param>
    public abstract bool IsIn(IndexItem index, ComponentManifest manifest);

    /// <summary>What a mirror with the change must serve, null if that is no package.</summary>
    public virtual VersionItem? Item(ComponentManifest manifest) => null;
}

internal sealed class PublishChange(Publication publication, TiupVersion version, PackageDigest digest) : ComponentChange(publication.Component)
{
    public override string Name => $"publish {Component} {publication.Version}";

    public override string Remedy => $"publish it again with --force, or withdraw it with `mirror yank {Component} {publication.Version}`";

    public override string? Owner => publication.Owner;

    public override IReadOnlyDictionary<string, bool> Flags(bool isNew) => isNew ? Marks() : base.Flags(isNew);

    public override OutgoingPackage? Apply(ComponentDraft draft, bool again)
    {
        // What an earlier attempt has announced keeps its name: only its package may still be missing.
        var own = again && draft.Find(version, publication.Platform) is { } found && IsOwn(found) ? found : null;
        var replaced = own is null ? draft.RequirePlace(publication, version) : null;
        var fileName = own?.FileName ?? ComponentDraft.FileName(publication, replaced is null ? null : digest.Sha256);
        draft.Put(publication, version, fileName, digest);
        return new OutgoingPackage(publication.TarballPath, fileName, digest);
    }

    public override bool IsIn(IndexItem index, ComponentManifest manifest) => Item(manifest) is not null;

    public override VersionItem? Item(ComponentManifest manifest) =>
        manifest.Items.FirstOrDefault(item => item.Version == version && item.Platform == publication.Platform && IsOwn(item));

    private bool IsOwn(VersionItem item) => item.Sha256 == digest.Sha256 && item.Sha512 == digest.Sha512 && item.Length == digest.Length && item.Entry == publication.Entry;

    private Dictionary<string, bool> Marks()
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

internal sealed class YankChange(string component, string version, bool yanked, string mirror) : ComponentChange(component)
{
    public override string Name => $"{(yanked ? "yank" : "unyank")} {Component} {version}";

    public override OutgoingPackage? Apply(ComponentDraft draft, bool again)
    {
        draft.Yank(version, yanked, mirror);
        return null;
    }

    public override bool IsIn(IndexItem index, ComponentManifest manifest) => manifest.Items.Where(item => item.Version.Text == version).All(item => item.Yanked == yanked);
}

/// <summary>The index is the server's: it changes there what the call's parameters say. (pingcap/tiup server/handler/component.go)</summary>
internal sealed class ModifyChange(Modification modification, string mirror) : ComponentChange(modification.Component)
{
    public override string Name => $"modify {Component}";

    public override IReadOnlyDictionary<string, bool> Flags(bool isNew) => modification.Flags;

    public override OutgoingPackage? Apply(ComponentDraft draft, bool again)
    {
        draft.Modify(modification, mirror);
        return null;
    }

    public override bool IsIn(IndexItem index, ComponentManifest manifest) =>
        index.Yanked == (modification.Yanked ?? index.Yanked)
        && index.Hidden == (modification.Hidden ?? index.Hidden)
        && index.Standalone == (modification.Standalone ?? index.Standalone)
        && manifest.Description == (modification.Description ?? manifest.Description);
}
