namespace TiupDmNet.Clusters;

/// <summary>What a mistyped name was probably meant to be.</summary>
internal static class Suggestion
{
    /// <summary>"; did you mean `x`?" or nothing.</summary>
    public static string For(string typed, IEnumerable<string> valid) =>
        Nearest(typed, valid) is { } nearest ? $"; did you mean `{nearest}`?" : "";

    /// <summary>The nearest by edit distance, if near enough, or else the only one that contains what was typed.</summary>
    public static string? Nearest(string typed, IEnumerable<string> valid)
    {
        var candidates = valid.Select(name => (Name: name, Distance: Distance(typed.ToUpperInvariant(), name.ToUpperInvariant()))).OrderBy(each => each.Distance).ToList();
        if (typed.Length == 0 || candidates.Count == 0)
        {
            return null;
        }

        var allowed = Math.Max(1, Math.Min(typed.Length, candidates[0].Name.Length) / 4);
        if (candidates[0].Distance <= allowed)
        {
            return candidates[0].Name;
        }

        var containing = candidates.Where(each => each.Name.Contains(typed, StringComparison.OrdinalIgnoreCase)).ToList();
        return containing.Count == 1 ? containing[0].Name : null;
    }

    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var substituted = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
