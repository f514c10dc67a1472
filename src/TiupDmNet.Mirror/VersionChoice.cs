namespace TiupDmNet.Mirror;

/// <summary>
/// Which item a request means. Withdrawn versions are found only by those that have them already.
/// (pingcap/tiup pkg/repository/v1_repository.go:764, :901)
/// </summary>
/// <param name="withdrawn">The component as a whole was withdrawn.</param>
internal sealed class VersionChoice(ComponentManifest manifest, string? version, Platform platform, bool withdrawn, string mirror)
{
    private const string Nightly = "nightly";

    /// <exception cref="MirrorException">There is no such item.</exception>
    public VersionItem Require(bool withdrawnToo)
    {
        if (withdrawn && !withdrawnToo)
        {
            throw NotFound($"component {manifest.Id} was withdrawn from {mirror}");
        }

        var items = manifest.On(platform);
        if (items.Count == 0)
        {
            throw NotFound($"{mirror} has no {manifest.Id} for {platform}, only for {string.Join(", ", manifest.Platforms.Select(place => place.ToString()).Order(StringComparer.Ordinal))}");
        }

        return version switch
        {
            null or "" => LatestStable(items, withdrawnToo),
            Nightly => manifest.Nightly is { } name
                ? Exactly(items, name, withdrawnToo)
                : throw NotFound($"{mirror} has no nightly build of {manifest.Id}"),
            _ => Exactly(items, version, withdrawnToo),
        };
    }

    private VersionItem LatestStable(IReadOnlyList<VersionItem> items, bool withdrawnToo)
    {
        var candidates = items.Where(item => !item.Version.IsNightly && (withdrawnToo || !item.Yanked)).ToList();
        return candidates.FirstOrDefault(item => !item.Version.IsPrerelease)
            ?? candidates.FirstOrDefault()
            ?? throw NotFound($"{mirror} has no stable version of {manifest.Id} for {platform}");
    }

    private VersionItem Exactly(IReadOnlyList<VersionItem> items, string name, bool withdrawnToo)
    {
        var item = items.FirstOrDefault(item => item.Version.Text == name) ?? items.FirstOrDefault(item => item.Version.Text == "v" + name)
            ?? throw NotFound($"{mirror} has no {manifest.Id} {name} for {platform}; the newest are {string.Join(", ", items.Where(item => !item.Yanked).Take(5).Select(item => item.Version.Text))}");
        return item.Yanked && !withdrawnToo
            ? throw NotFound($"{manifest.Id} {item.Version} was withdrawn from {mirror}; choose another version (`mirror list {manifest.Id}`)")
            : item;
    }

    private static MirrorException NotFound(string message) => new(MirrorFailure.NotFound, message);
}
