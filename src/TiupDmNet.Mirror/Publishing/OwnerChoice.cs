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
            return index.Owners.TryGetValue(named, out var owner)
                ? owner
                : throw new MirrorException(MirrorFailure.NotFound, $"{mirror} has no owner {named}; `mirror grant` makes one");
        }

        return index.Owners.Values.Where(keys.CanSignFor).ToList() switch
        {
            [var only] => only,
            [] => throw new MirrorException(MirrorFailure.NotConfigured, $"{keys.Directory} has no key of an owner on {mirror}; `mirror grant` makes one"),
            var several => throw new MirrorException(MirrorFailure.NotConfigured, $"component {component} is new; say which owner it belongs to: {string.Join(", ", several.Select(owner => owner.Name))}"),
        };
    }
}
