using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace TiupDmNet.Mirror.Tests.Support;

/// <summary>Documents of any shape, the same ones for the same seed.</summary>
internal sealed class RandomJson(int seed)
{
    private readonly Random _random = new(seed);

    public JsonNode? Document(int depth = 0) => _random.Next(depth > 3 ? 5 : 8) switch
    {
        0 => null,
        1 => _random.Next(2) == 0,
        2 => _random.NextInt64(long.MinValue, long.MaxValue),
        3 => Text(),
        4 => JsonNode.Parse(Spelled(Number())),
        5 => new JsonArray([.. Enumerable.Range(0, _random.Next(4)).Select(_ => Document(depth + 1))]),
        _ => new JsonObject(Enumerable.Range(0, _random.Next(8)).Select(_ => Text()).Distinct().Select(name => KeyValuePair.Create(name, Document(depth + 1)))),
    };

    /// <summary>The same document with the members of its objects in another order, its numbers spelled in another way, and white space.</summary>
    public string Respelled(JsonNode? node) => Space() + node switch
    {
        JsonObject members => $"{{{string.Join(',', members.OrderBy(_ => _random.Next()).Select(member => $"{Space()}{Escaped(member.Key)}{Space()}:{Respelled(member.Value)}"))}{Space()}}}",
        JsonArray items => $"[{string.Join(',', items.Select(Respelled))}{Space()}]",
        JsonValue value when value.TryGetValue<string>(out var text) => Escaped(text),
        _ => node?.ToJsonString() ?? "null",
    } + Space();

    /// <summary>Sign, significant digits, and the power of ten that the last of them stands for.</summary>
    public (bool Negative, string Digits, int Power) Number()
    {
        var digits = $"{_random.Next(1, 10)}{string.Concat(Enumerable.Range(0, _random.Next(25)).Select(_ => _random.Next(3) == 0 ? 0 : _random.Next(10)))}";
        return (_random.Next(2) == 0, digits, _random.Next(-40, 40));
    }

    /// <summary>One of the many ways to write a number in JSON.</summary>
    public string Spelled((bool Negative, string Digits, int Power) number)
    {
        var zeros = _random.Next(4);
        var (digits, power) = (number.Digits + new string('0', zeros), number.Power - zeros);
        var fraction = _random.Next(digits.Length + 3);
        digits = digits.PadLeft(fraction + 1, '0');
        power += fraction;
        var text = $"{(number.Negative ? "-" : "")}{digits[..^fraction]}{(fraction > 0 ? "." : "")}{digits[^fraction..]}";
        return power == 0 && _random.Next(2) == 0
            ? text
            : string.Create(CultureInfo.InvariantCulture, $"{text}{"eE"[_random.Next(2)]}{(power >= 0 && _random.Next(2) == 0 ? "+" : "")}{power}");
    }

    private string Text() => string.Concat(Enumerable.Range(0, _random.Next(6)).Select(_ => new Rune(_random.Next(4) switch
    {
        0 => _random.Next(0x80),
        1 => _random.Next(0x80, 0xD800),
        2 => _random.Next(0xE000, 0x10000),
        _ => _random.Next(0x10000, 0x110000),
    }).ToString()));

    private string Space() => _random.Next(3) == 0 ? " \t\r\n"[_random.Next(4)].ToString() : "";

    /// <summary>With some of its characters escaped that need not be.</summary>
    private string Escaped(string text) => $"\"{string.Concat(text.Select(unit =>
        unit is '"' or '\\' or < ' ' || char.IsSurrogate(unit) || _random.Next(3) == 0 ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}") : unit.ToString()))}\"";
}
