namespace TiupDmNet.Hosts;

/// <summary>The words of other programs, fit for a sentence of ours.</summary>
internal static class Sentence
{
    private const int Longest = 600;

    /// <summary>Lines joined by "; ", bounded; "(nothing)" where there are none.</summary>
    public static string Of(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var joined = string.Join("; ", lines);
        return joined.Length == 0 ? "(nothing)" : joined.Length <= Longest ? joined : joined[..Longest] + "…";
    }

    /// <summary>The last line that says something.</summary>
    public static string Last(string text) => Of(text.Split('\n').LastOrDefault(l => !string.IsNullOrWhiteSpace(l), ""));

    /// <summary>1024-based, as df -h and ls -h.</summary>
    public static string Bytes(long count) => count switch
    {
        < 1024 => FormattableString.Invariant($"{count} B"),
        < 1024 * 1024 => FormattableString.Invariant($"{count / 1024.0:0.0} KiB"),
        < 1024L * 1024 * 1024 => FormattableString.Invariant($"{count / 1024.0 / 1024:0.0} MiB"),
        _ => FormattableString.Invariant($"{count / 1024.0 / 1024 / 1024:0.0} GiB"),
    };
}
