using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TiupDmNet.Mirror.Manifests;
using TiupDmNet.Mirror.Tests.Support;

namespace TiupDmNet.Mirror.Tests.Manifests;

public sealed class CanonicalJsonTests
{
    private const int Rounds = 1000;

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

    [Theory]
    [InlineData("1e309")]
    [InlineData("1e999999999")]
    [InlineData("-1E99999999999999999999")]
    [InlineData("1e-99999999999999999999")]
    public void Refuses_a_number_that_no_TiUP_could_read(string number)
    {
        var refusal = Assert.Throws<MirrorException>(() => CanonicalJson.Write(JsonNode.Parse($$"""{"length":{{number}}}""")));

        Assert.Equal($"a manifest with the number {number} cannot be signed: TiUP reads none of that size; take it out of the manifest", refusal.Message);
    }

    [Theory]
    [InlineData("0e999999999", "0")]
    [InlineData("1e308", null)]
    [InlineData("1e-308", "1.0E-308")]
    public void Writes_a_number_however_its_exponent_is_written(string number, string? expected) =>
        Assert.Equal(expected ?? "1" + new string('0', 308), Encoding.ASCII.GetString(CanonicalJson.Write(JsonNode.Parse(number))));

    [Fact]
    public void Loses_nothing_and_is_the_same_after_reading_it_back_whatever_it_holds()
    {
        var random = new RandomJson(20261122);
        for (var round = 0; round < Rounds; round++)
        {
            var document = JsonNode.Parse(random.Document()?.ToJsonString() ?? "null");
            var written = CanonicalJson.Write(document);
            var read = JsonNode.Parse(written);

            Assert.True(JsonNode.DeepEquals(document, read), $"round {round}: {document?.ToJsonString()} became {Encoding.UTF8.GetString(written)}");
            Assert.Equal(written, CanonicalJson.Write(read));
        }
    }

    [Fact]
    public void Is_the_same_however_the_document_was_spelled()
    {
        var random = new RandomJson(20261123);
        for (var round = 0; round < Rounds; round++)
        {
            var document = random.Document();
            var spelled = random.Respelled(document);

            var (expected, written) = (CanonicalJson.Write(document), CanonicalJson.Write(JsonNode.Parse(spelled)));

            Assert.True(expected.AsSpan().SequenceEqual(written), $"round {round}: {spelled} became {Encoding.UTF8.GetString(written)}, not {Encoding.UTF8.GetString(expected)}");
        }
    }

    [Fact]
    public void Orders_the_members_of_every_object_by_the_bytes_of_their_names()
    {
        var random = new RandomJson(20261124);
        var compared = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var reader = new Utf8JsonReader(CanonicalJson.Write(random.Document()));
            var before = new Stack<byte[]?>();
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        before.Push(null);
                        break;
                    case JsonTokenType.EndObject:
                        before.Pop();
                        break;
                    case JsonTokenType.PropertyName:
                        var name = Encoding.UTF8.GetBytes(reader.GetString()!);
                        if (before.Pop() is { } previous)
                        {
                            Assert.True(previous.AsSpan().SequenceCompareTo(name) < 0, $"round {round}: {Convert.ToHexString(previous)} stands before {Convert.ToHexString(name)}");
                            compared++;
                        }

                        before.Push(name);
                        break;
                }
            }
        }

        Assert.True(compared > Rounds, $"only {compared} names were compared");
    }

    [Fact]
    public void Has_no_white_space_but_in_strings_whatever_it_holds()
    {
        var random = new RandomJson(20261126);
        for (var round = 0; round < Rounds; round++)
        {
            var written = CanonicalJson.Write(random.Document());

            var reader = new Utf8JsonReader(written);
            var inStrings = 0;
            while (reader.Read())
            {
                inStrings += reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String ? Blanks(reader.ValueSpan) : 0;
            }

            Assert.Equal(inStrings, Blanks(written));
        }
    }

    [Fact]
    public void Writes_a_number_in_one_way_and_with_its_whole_value_however_it_was_spelled()
    {
        var random = new RandomJson(20261125);
        for (var round = 0; round < Rounds; round++)
        {
            var number = random.Number();
            var spelled = random.Spelled(number);

            var written = Encoding.ASCII.GetString(CanonicalJson.Write(JsonNode.Parse(spelled)));

            Assert.Equal((spelled, Value($"{(number.Negative ? "-" : "")}{number.Digits}e{number.Power}")), (spelled, Value(written)));
            Assert.Equal((spelled, written), (spelled, Encoding.ASCII.GetString(CanonicalJson.Write(JsonNode.Parse(random.Spelled(number))))));
        }
    }

    private static int Blanks(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        foreach (var value in bytes)
        {
            count += value is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' ? 1 : 0;
        }

        return count;
    }

    /// <summary>An integer without zeros at its end, and the power of ten to take it by: exact, unlike any type of the runtime.</summary>
    private static (BigInteger Integer, int Power) Value(string number)
    {
        var (mantissa, power) = number.Split('e', 'E') is [var front, var exponent] ? (front, int.Parse(exponent, CultureInfo.InvariantCulture)) : (number, 0);
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        power -= point < 0 ? 0 : mantissa.Length - point - 1;
        var integer = BigInteger.Parse(mantissa.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        for (; !integer.IsZero && integer % 10 == 0; power++)
        {
            integer /= 10;
        }

        return (integer, power);
    }
}
