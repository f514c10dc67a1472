using System.Globalization;
using System.Text;

namespace TiupDmNet.Packages;

/// <summary>Parts of sentences for the operator.</summary>
internal static class Text
{
    /// <summary>A name out of a package, safe to print on a terminal.</summary>
    public static string Shown(string name)
    {
        var shown = new StringBuilder();
        foreach (var c in name)
        {
            if (shown.Length > 200)
            {
                return shown.Append('…').ToString();
            }

            if (IsHidden(c))
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                shown.Append(c);
            }
        }

        return shown.ToString();
    }

    /// <summary>Characters that print nothing or that turn what is printed around.</summary>
    public static bool IsHidden(char c) =>
        char.IsControl(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    public static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 when bytes % (1L << 30) == 0 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 30} GiB"),
        >= 1L << 20 when bytes % (1L << 20) == 0 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes"),
    };

    /// <summary>"a, b, c and 4 more".</summary>
    public static string Listing(IEnumerable<string> names, int most = 10)
    {
        var all = names.Select(Shown).ToList();
        return all.Count <= most
            ? string.Join(", ", all)
            : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", all.Take(most))} and {all.Count - most} more");
    }

    /// <summary>A path as one word of a shell command that an operator may copy.</summary>
    public static string Word(string path) =>
        path.Length > 0 && path.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+=:@%,".Contains(c, StringComparison.Ordinal))
            ? path
            : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
