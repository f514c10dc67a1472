using System.Globalization;

namespace DmDouble.Systemctl;

/// <summary>What the stand-in understands of a unit file: the keys that TiUP writes.</summary>
internal sealed record UnitFile(string Path, string Command, bool RestartAlways, TimeSpan RestartDelay, TimeSpan StopLimit)
{
    /// <exception cref="FormatException">There is no ExecStart of the form <c>/bin/bash -c '…'</c>.</exception>
    public static UnitFile Read(string path)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(path))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                values[line[..equals].Trim()] = line[(equals + 1)..].Trim();
            }
        }

        var start = values.GetValueOrDefault("ExecStart", "");
        const string Shell = "/bin/bash -c '";
        if (!start.StartsWith(Shell, StringComparison.Ordinal) || start[^1] != '\'')
        {
            throw new FormatException($"{path}: ExecStart is not {Shell}…'");
        }

        return new UnitFile(
            path,
            start[Shell.Length..^1],
            values.GetValueOrDefault("Restart") == "always",
            Seconds(values.GetValueOrDefault("RestartSec", "100ms")),
            Seconds(values.GetValueOrDefault("TimeoutStopSec", "90s")));
    }

    private static TimeSpan Seconds(string text) => text.EndsWith("ms", StringComparison.Ordinal)
        ? TimeSpan.FromMilliseconds(double.Parse(text[..^2], CultureInfo.InvariantCulture))
        : TimeSpan.FromSeconds(double.Parse(text.TrimEnd('s'), CultureInfo.InvariantCulture));
}
