namespace TiupDmNet.Clusters.Audit;

/// <summary>The first line of an audit file: the arguments, each escaped as by Go's url.QueryEscape, with a space between.</summary>
internal static class AuditCommandLine
{
    // Both escape all but letters, digits and - _ . ~; Go writes a space as +.
    public static string Encode(IEnumerable<string> arguments) =>
        string.Join(' ', arguments.Select(argument => Uri.EscapeDataString(argument).Replace("%20", "+", StringComparison.Ordinal)));

    public static IReadOnlyList<string> Decode(string line) =>
        [.. line.Split(' ').Select(argument => Uri.UnescapeDataString(argument.Replace('+', ' ')))];
}
