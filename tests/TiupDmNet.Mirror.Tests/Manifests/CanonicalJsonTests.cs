using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Manifests;

public sealed class CanonicalJsonTests
{
    public static TheoryData<string> GoldenManifests => new(Golden.Manifests);

    [Theory]
    [MemberData(nameof(GoldenManifests))]
    public void Writes_a_manifest_as_TiUP_wrote_it(string name)
    {
        var bytes = Golden.Read(name);

        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(CanonicalJson.Write(JsonNode.Parse(bytes))));
    }

    [Fact]
    public void Writes_what_canonicaljson_go_writes_for_every_kind_of_character()
    {
        var text = "\"\\/\b\f\n\r\t\u0001\u001F\u007F<>&+é\u2028😀";
        var node = new JsonObject { ["z"] = 10, ["_type"] = "x", ["a"] = text, ["\uE000"] = 1, ["😀"] = 2 };

        var written = CanonicalJson.Write(node);

        Assert.Equal("0278a5eb755927a507424c7a6563f2ea226fea4c444f7ee47d30243159ad5701", Convert.ToHexStringLower(SHA256.HashData(written)));
        Assert.Equal("{\"_type\":\"x\",\"a\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001F\u007F<>&+é\u2028😀\",\"z\":10,\"\uE000\":1,\"😀\":2}", Encoding.UTF8.GetString(written));
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.0", "0")]
    [InlineData("42", "42")]
    [InlineData("-7", "-7")]
    [InlineData("1e3", "1000")]
    [InlineData("10.0", "10")]
    [InlineData("12300e-2", "123")]
    [InlineData("1.5", "1.5E0")]
    [InlineData("0.01", "1.0E-2")]
    [InlineData("-123.456e1", "-1.23456E3")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    public void Writes_a_number_in_one_way_only(string number, string expected) =>
        Assert.Equal(expected, Encoding.ASCII.GetString(CanonicalJson.Write(JsonNode.Parse(number))));

    [Theory]
    [InlineData("""{ "b" : [ ] , "a" : { } , "c" : null, "d": [ true , false ] }""", """{"a":{},"b":[],"c":null,"d":[true,false]}""")]
    public void Writes_no_white_space(string json, string expected) => Assert.Equal(expected, Encoding.UTF8.GetString(CanonicalJson.Write(JsonNode.Parse(json))));

    [Fact]
    public void Is_the_same_after_reading_it_back_whatever_it_holds()
    {
        var random = new Random(20261122);
        for (var round = 0; round < 500; round++)
        {
            var written = CanonicalJson.Write(Something(random, depth: 0));

            Assert.Equal(written, CanonicalJson.Write(JsonNode.Parse(written)));
        }
    }

    [Fact]
    public void Says_the_same_as_what_it_was_written_from()
    {
        var random = new Random(20261123);
        for (var round = 0; round < 500; round++)
        {
            var node = Something(random, depth: 0);

            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(node?.ToJsonString() ?? "null"), JsonNode.Parse(CanonicalJson.Write(node))), node?.ToJsonString());
        }
    }

    [Fact]
    public void Is_the_same_in_whatever_order_and_layout_the_members_came()
    {
        var random = new Random(20261124);
        var layout = new JsonSerializerOptions { WriteIndented = true };
        for (var round = 0; round < 500; round++)
        {
            var node = Something(random, depth: 0);

            Assert.Equal(CanonicalJson.Write(node), CanonicalJson.Write(JsonNode.Parse(Shuffled(random, node)?.ToJsonString(layout) ?? "null")));
        }
    }

    [Fact]
    public void Has_its_members_in_the_order_of_their_UTF_8_bytes_and_no_white_space_between_them()
    {
        var random = new Random(20261125);
        for (var round = 0; round < 500; round++)
        {
            var written = CanonicalJson.Write(Something(random, depth: 0));

            var reader = new Utf8JsonReader(written);
            var last = new Stack<byte[]?>();
            var strings = 0L;
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        last.Push(null);
                        break;
                    case JsonTokenType.EndObject:
                        last.Pop();
                        break;
                    case JsonTokenType.PropertyName:
                        var name = Encoding.UTF8.GetBytes(reader.GetString()!);
                        Assert.True(last.Pop() is not { } before || before.AsSpan().SequenceCompareTo(name) < 0, Encoding.UTF8.GetString(written));
                        last.Push(name);
                        break;
                }

                strings += reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String ? Blanks(reader.ValueSpan) : 0;
            }

            Assert.Equal(strings, Blanks(written));
        }
    }

    private static long Blanks(ReadOnlySpan<byte> bytes)
    {
        var count = 0L;
        foreach (var value in bytes)
        {
            count += value is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' ? 1 : 0;
        }

        return count;
    }

    private static JsonNode? Shuffled(Random random, JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(_ => random.Next()).Select(member => KeyValuePair.Create(member.Key, Shuffled(random, member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(item => Shuffled(random, item))]),
        _ => node?.DeepClone(),
    };

    private static JsonNode? Something(Random random, int depth) => random.Next(depth > 3 ? 5 : 7) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => random.NextInt64(long.MinValue, long.MaxValue),
        3 => Text(random),
        4 => random.NextDouble() * Math.Pow(10, random.Next(-12, 12)),
        5 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Something(random, depth + 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(5)).Select(_ => Text(random)).Distinct().Select(name => KeyValuePair.Create(name, Something(random, depth + 1)))),
    };

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => new Rune(random.Next(3) switch
    {
        0 => random.Next(0x80),
        1 => random.Next(0xE000, 0xFFFF),
        _ => random.Next(0x10000, 0x10FFFF),
    }).ToString()));
}
