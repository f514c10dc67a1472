namespace TiupDmNet.Cli;

/// <summary>What a mistyped word may have meant.</summary>
internal static class Suggestion
{
    /// <summary>The nearest of <paramref name="valid"/> if it is near, else null.</summary>
    public static string? For(string word, IEnumerable<string> valid)
    {
        var nearest = valid
            .Select(candidate => (candidate, distance: Distance(word, candidate)))
            .OrderBy(pair => pair.distance)
            .ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        return nearest.candidate is { } found && found != word && nearest.distance <= Math.Max(1, Math.Min(word.Length, found.Length) / 3) ? found : null;
    }

    // Edits of one character, and swaps of two neighbours.
    private static int Distance(string left, string right)
    {
        var table = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }

                var same = left[i - 1] == right[j - 1] ? 0 : 1;
                var best = Math.Min(Math.Min(table[i - 1, j] + 1, table[i, j - 1] + 1), table[i - 1, j - 1] + same);
                var swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
                table[i, j] = swapped ? Math.Min(best, table[i - 2, j - 2] + 1) : best;
            }
        }

        return table[left.Length, right.Length];
    }
}
