using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TiupDmNet.Mirror.Manifests;

/// <summary>
/// The form of JSON that TiUP signs: no white space, members ordered by the UTF-8 bytes of their names, strings with the fewest
/// escapes. (gibson042/canonicaljson-go v1.0.3, which pingcap/tiup uses; not OLPC canonical JSON)
/// </summary>
internal static partial class CanonicalJson
{
    /// <summary>Of a float64, which Go reads numbers as.</summary>
    private const int LargestExponent = 308;

    /// <exception cref="MirrorException">It holds a number that is too large, or too small, for TiUP to read.</exception>
    public static byte[] Write(JsonNode? node)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(output, node);
        return output.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> output, JsonNode? node)
    {
        switch (node)
        {
            case null:
                output.Write("null"u8);
                break;
            case JsonObject members:
                WriteObject(output, members);
                break;
            case JsonArray items:
                WriteArray(output, items);
                break;
            default:
                WriteValue(output, node.AsValue());
                break;
        }
    }

    private static void WriteObject(ArrayBufferWriter<byte> output, JsonObject members)
    {
        // Not StringComparer.Ordinal: UTF-16 units and UTF-8 bytes order differently above U+FFFF.
        var ordered = members.Select(member => (Name: Encoding.UTF8.GetBytes(member.Key), member)).ToList();
        ordered.Sort((left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        var separator = (byte)'{';
        foreach (var (_, member) in ordered)
        {
            output.Write([separator]);
            WriteString(output, member.Key);
            output.Write(":"u8);
            Write(output, member.Value);
            separator = (byte)',';
        }

        output.Write(ordered.Count == 0 ? "{}"u8 : "}"u8);
    }

    private static void WriteArray(ArrayBufferWriter<byte> output, JsonArray items)
    {
        var separator = (byte)'[';
        foreach (var item in items)
        {
            output.Write([separator]);
            Write(output, item);
            separator = (byte)',';
        }

        output.Write(items.Count == 0 ? "[]"u8 : "]"u8);
    }

    private static void WriteValue(ArrayBufferWriter<byte> output, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                WriteString(output, value.GetValue<string>());
                break;
            case JsonValueKind.Number:
                output.Write(Encoding.ASCII.GetBytes(Number(value.ToJsonString())));
                break;
            case JsonValueKind.True:
                output.Write("true"u8);
                break;
            default:
                output.Write("false"u8);
                break;
        }
    }

    private static void WriteString(ArrayBufferWriter<byte> output, string text)
    {
        output.Write("\""u8);
        Span<byte> utf8 = stackalloc byte[4];
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            var status = Rune.DecodeFromUtf16(rest, out var rune, out var length);
            if (status != OperationStatus.Done)
            {
                output.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)rest[0]:X4}")));
            }
            else if (Escape(rune.Value) is { } escape)
            {
                output.Write(Encoding.ASCII.GetBytes(escape));
            }
            else
            {
                output.Write(utf8[..rune.EncodeToUtf8(utf8)]);
            }

            rest = rest[length..];
        }

        output.Write("\""u8);
    }

    private static string? Escape(int point) => point switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\f' => "\\f",
        '\r' => "\\r",
        < 0x20 => string.Create(CultureInfo.InvariantCulture, $"\\u{point:X4}"),
        _ => null,
    };

    /// <summary>Integers plain; other numbers as one digit, a fraction without trailing zeros, and an exponent.</summary>
    private static string Number(string text)
    {
        var match = NumberShape().Match(text);
        var fraction = match.Groups["fraction"].Value;
        var digits = (match.Groups["whole"].Value + fraction).TrimStart('0');
        var significant = digits.TrimEnd('0');
        if (significant.Length == 0)
        {
            return "0";
        }

        var written = 0;
        if (match.Groups["exponent"] is { Success: true } power && !int.TryParse(power.ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out written))
        {
            throw TooLarge(text);
        }

        // Of the last digit that counts; long, for the exponent may be the largest there is.
        var exponent = (long)written - fraction.Length + digits.Length - significant.Length;
        if (Math.Abs(exponent + significant.Length - 1) > LargestExponent)
        {
            throw TooLarge(text);
        }

        var sign = match.Groups["sign"].Value;
        return exponent >= 0
            ? sign + BigInteger.Parse(significant, CultureInfo.InvariantCulture) + new string('0', (int)exponent)
            : string.Create(CultureInfo.InvariantCulture, $"{sign}{significant[0]}.{(significant.Length > 1 ? significant[1..] : "0")}E{exponent + significant.Length - 1}");
    }

    private static MirrorException TooLarge(string number) =>
        new(MirrorFailure.Untrusted, $"a manifest with the number {number} cannot be signed: TiUP reads none of that size; take it out of the manifest");

    [GeneratedRegex(@"^(?<sign>-?)(?<whole>[0-9]+)(\.(?<fraction>[0-9]+))?([eE](?<exponent>[+-]?[0-9]+))?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex NumberShape();
}
