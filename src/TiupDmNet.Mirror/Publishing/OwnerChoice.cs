using TiupDmNet.Mirror.Keys;
using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing;

/// <summary>Who signs for a component: its owner, or for a new one whoever is named, or the only one whose keys are here.</summary>
internal static class OwnerChoice
{
    /// <param name="named">Null where nobody was named.</param>
    /// <param name="mirror">As errors name it.</param>
    public static RoleKeys Of(IndexManifest index, KeyRing keys, string component, string? named, string mirror)
    {
        if (index.Components.TryGetValue(component, out var item))
        {
            return named is null || named == item.Owner
                ? index.OwnerOf(item)
                : throw new MirrorException(MirrorFailure.NotConfigured, $"component {component} belongs to {item.Owner}, not to {named}");
        }

        if (named is not null)
        {
            return Find(index, named, mirror);
        }

        return index.Owners.Values.Where(keys.CanSignFor).ToList() switch
        {
            [var only] => only,
            [] => throw new MirrorException(MirrorFailure.NotConfigured, $"{keys.Directory} has no key of an owner on {mirror}; `mirror grant` makes one"),
            var several => throw new MirrorException(MirrorFailure.NotConfigured, $"component {component} is new; say which owner it belongs to: {string.Join(", ", several.Select(owner => owner.Name))}"),
        };
    }

    /// <summary>Who signs for a component from now on.</summary>
    /// <param name="named">Null for who does so now.</param>
    /// <param name="mirror">As errors name it.</param>
    public static RoleKeys Next(IndexManifest index, IndexItem item, string? named, string mirror) => named is null ? index.OwnerOf(item) : Find(index, named, mirror);

    private static RoleKeys Find(IndexManifest index, string owner, string mirror) => index.Owners.TryGetValue(owner, out var keys)
        ? keys
        : throw new MirrorException(MirrorFailure.NotFound, $"{mirror} has no owner {owner}; `mirror grant` makes one");
}
