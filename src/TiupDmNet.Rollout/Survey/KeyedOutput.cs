using System.Text;

namespace TiupDmNet.Rollout.Survey;

/// <summary>
/// How scripts of ours report: lines <c>key=base64</c>, so that no value, whatever is in it, can be taken for another line.
/// </summary>
internal static class KeyedOutput
{
    /// <summary>Shell functions for scripts: <c>emit KEY VALUE</c> and <c>sha FILE</c> (SHA-256, or nothing).</summary>
    public const string Functions = """
        emit() { printf '%s=%s\n' "$1" "$(printf '%s' "$2" | base64 -w0)"; }
        sha() { sha256sum -- "$1" 2>/dev/null | cut -d' ' -f1; }
        """;

    public static IReadOnlyDictionary<string, string> Parse(string output)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && TryDecode(line[(equals + 1)..], out var value))
            {
                values[line[..equals]] = value;
            }
        }

        return values;
    }

    /// <summary>The first line that says something.</summary>
    public static string FirstLine(string text, string otherwise) =>
        text.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0) ?? otherwise;

    private static bool TryDecode(string base64, out string value)
    {
        var buffer = new byte[base64.Length];
        var valid = Convert.TryFromBase64String(base64, buffer, out var length);
        value = valid ? Encoding.UTF8.GetString(buffer, 0, length) : "";
        return valid;
    }
}
