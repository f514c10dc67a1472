using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace TiupDmNet.Cli.Output;

/// <summary>JSON for scripts: every document and every line says which schema it follows.</summary>
internal static class Json
{
    /// <summary>Counted up when a field changes its meaning or goes away; new fields do not count.</summary>
    public const int Schema = 1;

    /// <summary>A document, two blanks of indent, with <c>schema</c> in front.</summary>
    public static string Document(JObject content) => WithSchema(content).ToString(Formatting.Indented).ReplaceLineEndings("\n") + "\n";

    /// <summary>One object on one line.</summary>
    public static string Line(JObject content) => WithSchema(content).ToString(Formatting.None) + "\n";

    private static JObject WithSchema(JObject content)
    {
        if (content["schema"] is null)
        {
            content.AddFirst(new JProperty("schema", Schema));
        }

        return content;
    }
}
