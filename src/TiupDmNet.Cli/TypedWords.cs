using System.Text.RegularExpressions;
using TiupDmNet.Hosts;

namespace TiupDmNet.Cli;

/// <summary>A command line as it can be kept and typed again.</summary>
internal static partial class TypedWords
{
    /// <summary>Each word quoted where a shell needs it, without secrets.</summary>
    public static IEnumerable<string> Of(IEnumerable<string> arguments) =>
        arguments.Select(WithoutSecret).Select(word => Plain().IsMatch(word) ? word : Shell.Quote(word));

    /// <summary>A URL loses its user and password.</summary>
    public static string WithoutSecret(string word) => Credentials().Replace(word, "://***@");

    [GeneratedRegex(@"^[A-Za-z0-9_@%+=:,./\[\]-]+\z")]
    private static partial Regex Plain();

    [GeneratedRegex(@"://[^/\s]*@")]
    private static partial Regex Credentials();
}
