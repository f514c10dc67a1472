using System.Globalization;
using System.Text;

namespace TiupDmNet.Clusters.Yaml;

/// <summary>Writes plain values as a block of YAML at a column, in the layout of yaml.v3 (TiUP since v1.16.3) or of yaml.v2.</summary>
/// <param name="isV2">Two columns for a level and none for a list, instead of the next multiple of four for either.</param>
internal sealed class YamlWriter(bool isV2, string newline)
{
    private readonly StringBuilder _text = new();

    public override string ToString() => _text.ToString();

    /// <summary>An item of a list whose dash stands at <paramref name="column"/> (from 0).</summary>
    public void Item(int column, object? value)
    {
        _text.Append(' ', column).Append("- ");
        if (value is IReadOnlyDictionary<string, object?> { Count: > 0 } mapping)
        {
            Entries(column + 2, mapping, isFirstIndented: true);
        }
        else
        {
            // A list directly in a list stands in flow style; TiUP has none.
            _text.Append(Flow(value)).Append(newline);
        }
    }

    public void Entry(int column, string key, object? value)
    {
        _text.Append(' ', column);
        EntryHere(column, key, value);
    }

    private void Entries(int column, IReadOnlyDictionary<string, object?> mapping, bool isFirstIndented)
    {
        foreach (var (key, value) in mapping)
        {
            _text.Append(' ', isFirstIndented ? 0 : column);
            isFirstIndented = false;
            EntryHere(column, key, value);
        }
    }

    private void EntryHere(int column, string key, object? value)
    {
        _text.Append(Scalar(key)).Append(':');
        switch (value)
        {
            case IReadOnlyDictionary<string, object?> { Count: > 0 } mapping:
                _text.Append(newline);
                Entries(isV2 ? column + 2 : NextLevel(column), new SortedDictionary<string, object?>(mapping.ToDictionary(), StringComparer.Ordinal), isFirstIndented: false);
                break;
            case IReadOnlyList<object?> { Count: > 0 } list:
                _text.Append(newline);
                foreach (var item in list)
                {
                    Item(isV2 ? column : NextLevel(column), item);
                }

                break;
            default:
                _text.Append(' ').Append(Flow(value)).Append(newline);
                break;
        }
    }

    private static int NextLevel(int column) => ((column / 4) + 1) * 4;

    private static string Flow(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        int or long => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        double number => Real(number),
        string text => Scalar(text),
        IReadOnlyDictionary<string, object?> mapping => $"{{{string.Join(", ", mapping.Select(entry => $"{Scalar(entry.Key)}: {Flow(entry.Value)}"))}}}",
        IEnumerable<object?> list => $"[{string.Join(", ", list.Select(Flow))}]",
        _ => throw new ArgumentException($"{value.GetType()} is no value of YAML", nameof(value)),
    };

    /// <summary>A whole number keeps its `.0`, or it would come back as an integer.</summary>
    private static string Real(double number) => number switch
    {
        double.PositiveInfinity => ".inf",
        double.NegativeInfinity => "-.inf",
        double.NaN => ".nan",
        _ => number.ToString("R", CultureInfo.InvariantCulture) is var text && text.All(letter => char.IsAsciiDigit(letter) || letter == '-') ? text + ".0" : text,
    };

    private static string Scalar(string text)
    {
        if (YamlValue.Of(text) is not string || IsOldBoolean(text) || text.Any(char.IsControl))
        {
            return Quoted(text);
        }

        return IsPlain(text) ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    private static bool IsPlain(string text) =>
        text.Trim() == text
        && !",[]{}#&*!|>'\"%@`".Contains(text[0], StringComparison.Ordinal)
        && !(text[0] is '-' or '?' or ':' && (text.Length == 1 || text[1] == ' '))
        && !text.EndsWith(':')
        && !text.Contains(": ", StringComparison.Ordinal)
        && !text.Contains(" #", StringComparison.Ordinal)
        && text is not ("---" or "..." or "<<");

    private static bool IsOldBoolean(string text) => text.ToUpperInvariant() is "Y" or "N" or "YES" or "NO" or "ON" or "OFF";

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
        {
            quoted.Append(letter switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when char.IsControl(letter) => $"\\u{(int)letter:x4}",
                _ => letter.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
