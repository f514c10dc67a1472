using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Publishing.Server;

namespace TiupDmNet.Mirror;

/// <summary>Finds the publisher that fits a mirror's address.</summary>
public static class VersionPublisher
{
    /// <summary>Opens a mirror to publish on. A URL must be that of a tiup-server, whose root the profile trusts.</summary>
    /// <param name="address">A URL or a directory; null for the mirror in use.</param>
    /// <param name="keysDirectory">Or the file of the owner's key, which is all that a server needs; null for <see cref="DefaultKeysDirectory"/>.</param>
    /// <exception cref="MirrorException">The directory is no mirror, or holds its own keys.</exception>
    public static async Task<IVersionPublisher> OpenAsync(
        string? address, string? keysDirectory, MirrorSettings settings, TimeProvider time, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (address is null)
        {
            using var client = new MirrorClient(settings, time);
            address = client.Address;
        }

        var keys = keysDirectory ?? DefaultKeysDirectory(address, settings);
        return MirrorAddress.IsUrl(address)
            ? await ServerPublisher.OpenAsync(address, keys, settings, time, cancellation).ConfigureAwait(false)
            : await MirrorPublisher.OpenAsync(address, keys, time, cancellation).ConfigureAwait(false);
    }

    /// <summary>Says whether a version can be published at all.</summary>
    /// <exception cref="MirrorException">TiUP could not order it.</exception>
    public static void RequireVersion(string version) => PublicationCheck.RequireVersion(version);

    /// <summary>Beside a mirror in a directory; for one behind a URL <c>keys</c> under TIUP_HOME, where TiUP keeps a publisher's key.</summary>
    public static string DefaultKeysDirectory(string address, MirrorSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return MirrorAddress.IsUrl(address) ? Path.Combine(settings.Home.Root, "keys") : MirrorPublisher.DefaultKeysDirectory(address);
    }
}
