using System.Globalization;
using System.Text;

namespace DmDouble.Systemctl;

/// <summary>What of a unit file matters here.</summary>
internal sealed record UnitFile(
    string Name, string Path, IReadOnlyList<string> ExecStart, string Restart, TimeSpan RestartSec, TimeSpan TimeoutStop, IReadOnlyList<string> Environment, string? WorkingDirectory)
{
    public static readonly TimeSpan DefaultRestartSec = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan DefaultTimeoutStop = TimeSpan.FromSeconds(90);

    public bool Restarts(bool clean) => Restart switch { "always" => true, "on-failure" or "on-abnormal" or "on-abort" => !clean, "on-success" => clean, _ => false };

    public static UnitFile Parse(string name, string path, string text)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        List<string> environment = [];
        foreach (var line in text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] is not ('#' or ';' or '[')))
        {
            if (line.Split('=', 2) is [var key, var value])
            {
                if (key == "Environment")
                {
                    environment.AddRange(Words(value));
                }
                else
                {
                    keys[key] = value;
                }
            }
        }

        return new UnitFile(
            name,
            path,
            Words(keys.GetValueOrDefault("ExecStart", "")),
            keys.GetValueOrDefault("Restart", "no"),
            Span(keys.GetValueOrDefault("RestartSec"), DefaultRestartSec),
            Span(keys.GetValueOrDefault("TimeoutStopSec"), DefaultTimeoutStop),
            environment,
            keys.GetValueOrDefault("WorkingDirectory"));
    }

    /// <summary>systemd's word splitting: blanks, and quotes of either kind.</summary>
    public static IReadOnlyList<string> Words(string text)
    {
        List<string> words = [];
        var word = new StringBuilder();
        var quote = '\0';
        var isOpen = false;
        foreach (var c in text)
        {
            if (quote != 0 ? c == quote : c is '\'' or '"')
            {
                quote = quote != 0 ? '\0' : c;
                isOpen = true;
            }
            else if (quote == 0 && char.IsWhiteSpace(c))
            {
                Close();
            }
            else
            {
                word.Append(c);
                isOpen = true;
            }
        }

        Close();
        return words;

        void Close()
        {
            if (isOpen)
            {
                words.Add(word.ToString());
            }

            word.Clear();
            isOpen = false;
        }
    }

    /// <summary>A time span as systemd shows it in properties: <c>1min 30s</c>.</summary>
    public static string Show(TimeSpan span)
    {
        if (span == Timeout.InfiniteTimeSpan)
        {
            return "infinity";
        }

        List<string> parts = [];
        Add((int)span.TotalHours, "h");
        Add(span.Minutes, "min");
        Add(span.Seconds, "s");
        Add(span.Milliseconds, "ms");
        return parts.Count == 0 ? "0" : string.Join(' ', parts);

        void Add(int number, string unit)
        {
            if (number > 0)
            {
                parts.Add(number.ToString(CultureInfo.InvariantCulture) + unit);
            }
        }
    }

    private static TimeSpan Span(string? text, TimeSpan fallback)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return fallback;
        }

        if (text == "infinity")
        {
            return Timeout.InfiniteTimeSpan;
        }

        var total = TimeSpan.Zero;
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var digits = part.TakeWhile(c => char.IsDigit(c) || c == '.').Count();
            var number = double.Parse(part[..digits], CultureInfo.InvariantCulture);
            total += part[digits..] switch
            {
                "ms" => TimeSpan.FromMilliseconds(number),
                "min" or "m" => TimeSpan.FromMinutes(number),
                "h" => TimeSpan.FromHours(number),
                _ => TimeSpan.FromSeconds(number),
            };
        }

        return total;
    }
}
