using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing;

/// <summary>The next manifest of a component: the present one with changes, or a first one. What this tool does not know stays in it.</summary>
/// <param name="present">Null for a new component.</param>
internal sealed class ComponentDraft(string id, (ComponentManifest Manifest, JsonObject Draft)? present, DateTimeOffset now)
{
    public JsonObject Json { get; } = present?.Draft ?? Drafts.Component(id, id, now);

    public bool IsNew => present is null;

    /// <summary>The same version on the same platform, withdrawn or not; null if there is none.</summary>
    public VersionItem? Find(TiupVersion version, Platform platform) =>
        present?.Manifest.Items.FirstOrDefault(item => item.Version == version && item.Platform == platform);

    /// <summary>What stands in the place of a publication, and may be replaced.</summary>
    /// <exception cref="MirrorException">It may not be replaced.</exception>
    public VersionItem? RequirePlace(Publication publication, TiupVersion version) => Find(version, publication.Platform) is { } found && !publication.Force
        ? throw new MirrorException(
            MirrorFailure.NotConfigured, $"{id} {version} for {publication.Platform} exists already; publish another version, or replace it with `mirror publish --force`")
        : Find(version, publication.Platform);

    /// <param name="fileName">See <see cref="FileName"/>.</param>
    public VersionItem Put(Publication publication, TiupVersion version, string fileName, PackageDigest digest)
    {
        Json["description"] = publication.Description ?? (string?)Json["description"] ?? id;
        Json["nightly"] = version.IsNightly ? version.Text : (string?)Json["nightly"] ?? "";
        Member(Member(Json, "platforms"), publication.Platform.ToString())[version.Text] =
            Drafts.VersionItem(fileName, publication.Entry, now, digest.Sha256, digest.Sha512, digest.Length);
        return new VersionItem(
            id, version, publication.Platform, fileName, publication.Entry, Rfc3339.Format(now), Yanked: false, digest.Sha256, digest.Sha512, digest.Length);
    }

    /// <summary>Marks a version on all platforms as withdrawn, or no longer so.</summary>
    /// <exception cref="MirrorException">There is no such version.</exception>
    public void Yank(string version, bool yanked, string mirror)
    {
        var items = Json["platforms"]?.AsObject().Select(platform => platform.Value?[version]).OfType<JsonObject>().ToList() ?? [];
        if (items.Count == 0)
        {
            throw new MirrorException(MirrorFailure.NotFound, $"{mirror} has no {id} {version}");
        }

        items.ForEach(item => item["yanked"] = yanked);
    }

    /// <summary>What is said of the component in its own manifest; the index has the rest.</summary>
    /// <exception cref="MirrorException">There is no such component.</exception>
    public void Modify(Modification modification, string mirror)
    {
        if (IsNew)
        {
            throw Missing(id, mirror);
        }

        Json["description"] = modification.Description ?? (string?)Json["description"] ?? id;
    }

    /// <summary>
    /// A package that replaces another gets a name of its own: who reads the old manifest, or a cache on the way, must not find other bytes
    /// under the name that it knows.
    /// </summary>
    /// <param name="replacement">SHA-256 of a package that takes the place of another; null for the first one of its version.</param>
    public static string FileName(Publication publication, string? replacement) =>
        $"{publication.Component}-{publication.Version}-{publication.Platform.Os}-{publication.Platform.Arch}{(replacement is null ? "" : "-" + replacement[..12])}.tar.gz";

    public static MirrorException Missing(string id, string mirror) => new(MirrorFailure.NotFound, $"{mirror} has no component {id}");

    private static JsonObject Member(JsonObject holder, string name)
    {
        if (holder[name] is JsonObject present)
        {
            return present;
        }

        var added = new JsonObject();
        holder[name] = added;
        return added;
    }
}
