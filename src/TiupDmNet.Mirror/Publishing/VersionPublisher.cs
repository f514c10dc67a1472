using TiupDmNet.Mirror.Publishing;
using TiupDmNet.Mirror.Publishing.Server;

namespace TiupDmNet.Mirror;

/// <summary>Finds the publisher that fits a mirror's address.</summary>
public static class VersionPublisher
{
    /// <summary>Opens a mirror to publish on. A URL must be that of a tiup-server, whose root the profile trusts.</summary>
    /// <param name="address">A URL or a directory; null for the mirror in use.</param>
    /// <param name="keysDirectory">
    /// Or the file of the owner's key, which is all that a server needs; null for the place beside a mirror in a directory, and for one behind a URL
    /// <c>keys</c> under TIUP_HOME, where TiUP keeps a publisher's key.
    /// </param>
    /// <exception cref="MirrorException">The directory is no mirror, or holds its own keys.</exception>
    public static async Task<IVersionPublisher> OpenAsync(
        string? address, string? keysDirectory, MirrorSettings settings, TimeProvider time, ServedKeys served = ServedKeys.Refused, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (address is null)
        {
            using var client = new MirrorClient(settings, time);
            address = client.Address;
        }

        return MirrorAddress.IsUrl(address)
            ? await ServerPublisher.OpenAsync(address, keysDirectory ?? Path.Combine(settings.Home.Root, "keys"), settings, time, cancellation).ConfigureAwait(false)
            : await MirrorPublisher.OpenAsync(address, keysDirectory, time, served, cancellation).ConfigureAwait(false);
    }

    /// <summary>Says whether a version can be published at all.</summary>
    /// <exception cref="MirrorException">TiUP could not order it.</exception>
    public static void RequireVersion(string version) => PublicationCheck.RequireVersion(version);
}
