using System.Globalization;

namespace TiupDmNet.Cli.Output;

/// <summary>Durations, sizes and hashes as people read them.</summary>
internal static class Readable
{
    /// <summary>1d2h3m4s, units that are zero left out, as TiUP writes it; "-" for null (pingcap/tiup pkg/cluster/manager/display.go formatInstanceSince).</summary>
    public static string Uptime(TimeSpan? uptime)
    {
        if (uptime is not { } value)
        {
            return "-";
        }

        (int Count, string Unit)[] parts = [(value.Days, "d"), (value.Hours, "h"), (value.Minutes, "m"), (value.Seconds, "s")];
        var text = string.Concat(parts.Where(part => part.Count > 0).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Count}{part.Unit}")));
        return text.Length > 0 ? text : "0s";
    }

    /// <summary>142.3 MB, in millions of bytes.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB"),
    };

    /// <summary>The first 12 digits; "-" for none.</summary>
    public static string Hash(string hash) => hash.Length == 0 ? "-" : Short(hash);

    public static string Short(string text) => text.Length > 12 ? text[..12] : text;

    /// <summary>2027-11-22 10:33Z</summary>
    public static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    /// <summary>1 dm-worker node, 2 dm-worker nodes</summary>
    public static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
