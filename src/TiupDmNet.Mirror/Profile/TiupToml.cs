using System.Text;
using System.Text.RegularExpressions;
using TiupDmNet.Storage;

namespace TiupDmNet.Mirror.Profile;

/// <summary>TiUP's configuration file, of which one line matters: <c>mirror = "…"</c>. The others stay as they are. (pingcap/tiup pkg/localdata/config.go:28)</summary>
internal static partial class TiupToml
{
    /// <summary>The mirror's address, null if the file does not exist or does not say.</summary>
    /// <exception cref="MirrorException">The line is there and cannot be understood.</exception>
    public static string? ReadMirror(string path)
    {
        var line = ReadLines(path).FirstOrDefault(line => Key().IsMatch(line));
        if (line is null)
        {
            return null;
        }

        var match = Assignment().Match(line);
        return match.Success
            ? match.Groups["literal"].Success ? match.Groups["literal"].Value : Unescape(match.Groups["basic"].Value)
            : throw new MirrorException(MirrorFailure.NotConfigured, $"{path} says `{line.Trim()}`, which is no TOML text; `mirror set` writes it anew");
    }

    public static async Task WriteMirrorAsync(string path, string address, CancellationToken cancellation)
    {
        var line = $"mirror = \"{Escape(address)}\"";
        var lines = ReadLines(path).ToList();
        var place = lines.FindIndex(line => Key().IsMatch(line));
        if (place >= 0)
        {
            lines[place] = line;
        }
        else
        {
            // Before the first table, or it would become a member of one.
            lines.Insert(0, line);
        }

        await AtomicFile.WriteAsync(path, Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), cancellation: cancellation).ConfigureAwait(false);
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"cannot read {path}: {error.Message}", error);
        }
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Unescape(string text) => EscapedLetter().Replace(text, match => match.Groups["letter"].Value);

    [GeneratedRegex(@"^\s*mirror\s*=")]
    private static partial Regex Key();

    [GeneratedRegex("""^\s*mirror\s*=\s*("(?<basic>([^"\\]|\\["\\])*)"|'(?<literal>[^']*)')\s*(\#.*)?$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Assignment();

    [GeneratedRegex("""\\(?<letter>["\\])""")]
    private static partial Regex EscapedLetter();
}
