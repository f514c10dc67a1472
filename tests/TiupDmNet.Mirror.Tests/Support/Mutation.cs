using System.Text;
using System.Text.Json.Nodes;

namespace TiupDmNet.Mirror.Tests.Support;

/// <summary>Breaks documents at random, and in the same way for the same seed.</summary>
internal sealed class Mutation(int seed)
{
    private const string Mark = "the mutated value";

    private static readonly string[] Values =
    [
        "null", "true", "-1", "1.5", "1e400", "-0", "9223372036854775807", "9223372036854775808", "4294967297", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"0\"",
        "[]", "{}", "[null]", "[[]]", "{\"\":{}}", "{\"a\":1,\"a\":2}", "{\"\\ud800\":{}}", Nested(20), Nested(40), $"\"{new string('x', 5000)}\"", "\"9999-12-31T23:59:59-14:00\"",
        "\"0001-01-01T00:00:00+14:00\"", "\"-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----\\n\"",
    ];

    private readonly Random _random = new(seed);

    /// <summary>Flipped bits, a cut, other bytes, a part twice: of any file.</summary>
    public byte[] Bytes(byte[] original)
    {
        var (at, length) = (_random.Next(original.Length), _random.Next(1, 64));
        var end = Math.Min(original.Length, at + length);
        return _random.Next(6) switch
        {
            0 => original[..at],
            1 => [.. original[..at], .. original[end..]],
            2 => [.. original[..end], .. original[at..]],
            3 => [.. original[..at], .. RandomBytes(length), .. original[end..]],
            4 => [.. original, .. RandomBytes(length)],
            _ => Flipped(original),
        };
    }

    /// <summary>A member or item that is gone, under another name, or of another type or size: of a JSON document.</summary>
    public byte[] Json(byte[] original)
    {
        var document = JsonNode.Parse(original)!;
        var places = Places(document).ToList();
        var (holder, name, index) = places[_random.Next(places.Count)];
        if (holder is JsonObject members)
        {
            var value = members[name];
            switch (_random.Next(4))
            {
                case 0:
                    members.Remove(name);
                    break;
                case 1:
                    members.Remove(name);
                    members[Values[_random.Next(Values.Length)]] = value;
                    break;
                default:
                    members[name] = Mark;
                    break;
            }
        }
        else
        {
            holder[index] = Mark;
        }

        return Encoding.UTF8.GetBytes(document.ToJsonString().Replace($"\"{Mark}\"", Values[_random.Next(Values.Length)], StringComparison.Ordinal));
    }

    private static IEnumerable<(JsonNode Holder, string Name, int Index)> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Places(member.Value).Prepend((members, member.Key, 0))),
        JsonArray items => items.SelectMany((item, index) => Places(item).Prepend((items, "", index))),
        _ => [],
    };

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);

    private byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Flipped(byte[] original)
    {
        byte[] bytes = [.. original];
        for (var flips = _random.Next(1, 5); flips > 0; flips--)
        {
            bytes[_random.Next(bytes.Length)] ^= (byte)(1 << _random.Next(8));
        }

        return bytes;
    }
}
