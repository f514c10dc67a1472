using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace TiupDmNet.Clusters.Yaml;

/// <summary>
/// What YAML means as plain values: null, bool, long, double, string, lists and dictionaries of them. Scalars are resolved
/// as by yaml.v3, which TiUP uses (gopkg.in/yaml.v3 resolve.go): `yes` is text, `0x1F` and `0o17` are numbers.
/// </summary>
internal static class YamlValue
{
    public static readonly IReadOnlyDictionary<string, object?> Nothing = new Dictionary<string, object?>();

    public static object? Of(YamlNode node) => node switch
    {
        YamlMappingNode mapping => OfMapping(mapping),
        YamlSequenceNode list => list.Select(Of).ToList(),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => Of(scalar.Value ?? ""),
        YamlScalarNode scalar => scalar.Value,
        _ => null,
    };

    public static IReadOnlyDictionary<string, object?> OfMapping(YamlMappingNode mapping)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (key, value) in mapping.Children)
        {
            values[(key as YamlScalarNode)?.Value ?? key.ToString()] = Of(value);
        }

        return values;
    }

    public static bool IsNull(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain } scalar && Of(scalar.Value ?? "") is null;

    /// <summary>Whether two values are the same through all their levels; the order of keys does not count.</summary>
    public static bool AreSame(object? one, object? other) => (one, other) switch
    {
        (IReadOnlyDictionary<string, object?> a, IReadOnlyDictionary<string, object?> b) =>
            a.Count == b.Count && a.All(entry => b.TryGetValue(entry.Key, out var value) && AreSame(entry.Value, value)),
        (IReadOnlyList<object?> a, IReadOnlyList<object?> b) => a.Count == b.Count && a.Zip(b).All(pair => AreSame(pair.First, pair.Second)),
        _ => Equals(one, other),
    };

    /// <summary>What a plain (unquoted) scalar means.</summary>
    public static object? Of(string plain) => plain switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF" => double.PositiveInfinity,
        "-.inf" or "-.Inf" or "-.INF" => double.NegativeInfinity,
        ".nan" or ".NaN" or ".NAN" => double.NaN,
        _ => (object?)Integer(plain) ?? (object?)Real(plain) ?? plain,
    };

    private static long? Integer(string plain)
    {
        var digits = plain.Replace("_", "", StringComparison.Ordinal);
        if (digits.Length == 0 || !(char.IsAsciiDigit(digits[^1]) || digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return long.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hexadecimal) ? hexadecimal : null;
        }

        if (digits.StartsWith("0o", StringComparison.Ordinal))
        {
            return Octal(digits.AsSpan(2));
        }

        // A leading zero means octal to Go (0755), where it can.
        if (digits.Length > 1 && digits[0] == '0' && digits.All(char.IsAsciiDigit))
        {
            return Octal(digits.AsSpan(1));
        }

        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static long? Octal(ReadOnlySpan<char> digits)
    {
        long number = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7' || number > long.MaxValue / 8)
            {
                return null;
            }

            number = (number * 8) + (digit - '0');
        }

        return digits.IsEmpty ? null : number;
    }

    private static double? Real(string plain)
    {
        var first = plain[0] is '-' or '+' && plain.Length > 1 ? plain[1] : plain[0];
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return (char.IsAsciiDigit(first) || first == '.') && double.TryParse(plain.Replace("_", "", StringComparison.Ordinal), style, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }
}
