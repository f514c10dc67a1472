using System.Text.Json.Nodes;
using DmDouble.Wire;

namespace DmDouble.Tests.Wire;

public class ProtoJsonTests
{
    [Fact]
    public void Prints_as_gogo_does()
    {
        var message = new JsonObject
        {
            ["result"] = true,
            ["sources"] = new JsonArray(),
            ["part"] = null,
            ["list"] = new JsonArray(new JsonObject { ["n"] = 12.5, ["s"] = "a<b>&\"\\\n" }, "x"),
        };

        Assert.Equal(
            """
            {
              "result": true,
              "sources": [
              ],
              "part": null,
              "list": [
                {
                  "n": 12.5,
                  "s": "a\u003cb\u003e\u0026\"\\\n"
                },
                "x"
              ]
            }
            """,
            ProtoJson.Print(message));
    }

    [Fact]
    public void An_error_has_a_list_of_details() =>
        Assert.Equal("{\n  \"code\": 12,\n  \"message\": \"Not Implemented\",\n  \"details\": [\n  ]\n}", Reply.NotImplemented.Body);
}
