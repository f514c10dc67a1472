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

    /// <summary>Letters put in, left out, mistaken, or swapped with a neighbour.</summary>
    private static int Distance(string one, string other)
    {
        var steps = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                steps[i, j] = (i, j) switch
                {
                    (0, _) => j,
                    (_, 0) => i,
                    _ => Math.Min(Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1, steps[i - 1, j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1)),
                };

                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[one.Length, other.Length];
    }
}
