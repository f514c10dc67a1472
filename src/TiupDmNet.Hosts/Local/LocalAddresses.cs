using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace TiupDmNet.Hosts.Local;

/// <summary>The addresses of this machine.</summary>
internal static class LocalAddresses
{
    /// <summary>Whether an address, or an address of a name, belongs to an interface of this machine. A name that is not known does not.</summary>
    public static async Task<bool> ContainAsync(string host, CancellationToken cancellation)
    {
        IPAddress[] addresses;
        try
        {
            addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellation).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return false;
        }

        var own = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => Plain(a.Address))
            .ToHashSet();
        return addresses.Select(Plain).Any(a => IPAddress.IsLoopback(a) || own.Contains(a));
    }

    /// <summary>Without a scope ("%eth0") and not as IPv4 in IPv6.</summary>
    private static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());
}
