using System.Globalization;

namespace TiupDmNet.Hosts.Systemctl;

/// <summary>Reads the <c>Name=value</c> lines of <c>systemctl show</c>. Properties that an old systemd does not have are missing there.</summary>
internal static class ShowOutput
{
    /// <summary>What is asked for. NRestarts came with systemd 235.</summary>
    public const string Properties = "LoadState,ActiveState,SubState,Result,MainPID,NRestarts,ExecMainStatus,TimeoutStopUSec";

    public static UnitStatus Parse(string output)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n'))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                values[line[..equals]] = line[(equals + 1)..].Trim();
            }
        }

        return new UnitStatus(
            Text("LoadState"),
            Text("ActiveState"),
            Text("SubState"),
            Text("Result"),
            Number("MainPID"),
            Number("NRestarts"),
            Number("ExecMainStatus"),
            ParseTimeSpan(Text("TimeoutStopUSec")));

        string Text(string name) => values.GetValueOrDefault(name, "");

        int Number(string name) => int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }

    /// <summary>A time span as systemd prints it: "1min 30s", "30s", "1h 500ms"; null for "infinity" and what is none (systemd.time(7)).</summary>
    public static TimeSpan? ParseTimeSpan(string text)
    {
        var total = TimeSpan.Zero;
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in words)
        {
            var digits = word.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
            if (!double.TryParse(word[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || UnitOf(word[digits..]) is not { } unit)
            {
                return null;
            }

            total += unit * number;
        }

        return words.Length == 0 ? null : total;
    }

    private static TimeSpan? UnitOf(string suffix) => suffix switch
    {
        "y" => TimeSpan.FromDays(365.25),
        "month" => TimeSpan.FromDays(30.44),
        "w" => TimeSpan.FromDays(7),
        "d" => TimeSpan.FromDays(1),
        "h" => TimeSpan.FromHours(1),
        "min" => TimeSpan.FromMinutes(1),
        "s" => TimeSpan.FromSeconds(1),
        "ms" => TimeSpan.FromMilliseconds(1),
        "us" => TimeSpan.FromMicroseconds(1),
        "" => TimeSpan.FromMicroseconds(1),
        _ => null,
    };
}
