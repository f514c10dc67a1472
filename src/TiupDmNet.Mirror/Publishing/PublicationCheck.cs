using TiupDmNet.Mirror.Manifests;

namespace TiupDmNet.Mirror.Publishing;

/// <summary>What can be said against a publication before anything is known of the mirror.</summary>
internal static class PublicationCheck
{
    /// <returns>The version.</returns>
    /// <exception cref="MirrorException">The component, the version or the package cannot be published.</exception>
    public static async Task<TiupVersion> RequireAsync(Publication publication, CancellationToken cancellation)
    {
        if (!RoleNames.IsSafeId(publication.Component))
        {
            throw new MirrorException(
                MirrorFailure.NotConfigured, $"'{publication.Component}' cannot be the id of a component: take letters, digits, dots and dashes, and not the name of a role");
        }

        var version = RequireVersion(publication.Version);
        await TarballCheck.RequireEntryAsync(publication.TarballPath, publication.Entry, cancellation).ConfigureAwait(false);
        return version;
    }

    /// <exception cref="MirrorException">TiUP could not order it.</exception>
    public static TiupVersion RequireVersion(string version) => TiupVersion.TryParse(version, out var parsed) && parsed.IsSemantic && version.StartsWith('v')
        ? parsed
        : throw new MirrorException(MirrorFailure.NotConfigured, $"'{version}' is not a version to publish; write it as v8.5.0 or v8.5.0-hotfix.1");
}
