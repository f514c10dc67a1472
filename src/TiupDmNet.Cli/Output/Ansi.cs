namespace TiupDmNet.Cli.Output;

/// <summary>Colours of TiUP's tables (pingcap/tiup pkg/cluster/manager/display.go:687).</summary>
internal static class Ansi
{
    public const string Red = "31";
    public const string Green = "32";
    public const string BrightGreen = "92";
    public const string Yellow = "33";
    public const string Cyan = "36";
    public const string BoldCyan = "36;1";

    public static string Paint(string text, string colour) => $"\x1b[{colour}m{text}\x1b[0m";

    /// <summary>The colour of a node's status, null for none.</summary>
    public static string? OfStatus(string status)
    {
        var text = status.ToUpperInvariant();
        return text switch
        {
            "HEALTHY|L" or "UP|L" => BrightGreen,
            _ when Begins("UP") || Begins("HEALTHY") || Begins("FREE") => Green,
            _ when Begins("DOWN") || Begins("ERR") || Begins("INACTIVE") => Red,
            _ when Begins("N/A") || Begins("DISCONNECTED") || Begins("TOMBSTONE") || text.Contains("OFFLINE", StringComparison.Ordinal) => Yellow,
            _ => null,
        };

        bool Begins(string word) => text.StartsWith(word, StringComparison.Ordinal);
    }
}
