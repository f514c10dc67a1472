using System.Security.Cryptography;
using System.Text;

namespace TiupDmNet.Mirror;

/// <summary>Addresses of mirrors: a URL, or the directory of a local one. (pingcap/tiup pkg/repository/mirror.go:119)</summary>
internal static class MirrorAddress
{
    public const string Default = "https://tiup-mirrors.pingcap.com/";

    public static bool IsUrl(string address) =>
        address.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || IsPlainHttp(address);

    /// <summary>Anyone on the way could have sent what came from there.</summary>
    public static bool IsPlainHttp(string address) => address.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    /// <summary>A URL as it is, a directory as an absolute path.</summary>
    public static string Absolute(string address) => IsUrl(address) ? address : Path.GetFullPath(address);

    /// <summary>True when both name the same place; a slash at the end makes no difference.</summary>
    public static bool Same(string left, string right) => Absolute(left).TrimEnd('/') == Absolute(right).TrimEnd('/');

    /// <summary>The name under which TiUP pins the root of an address: over the exact text. (pkg/localdata/profile.go:226)</summary>
    public static string PinName(string address) => Fingerprint(address) + ".root.json";

    public static string Fingerprint(string address) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address)))[..16];
}
