using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DmDouble.Wire;

/// <summary>JSON as gogo's jsonpb prints it with <c>Indent: "  "</c>: an empty list takes two lines, and Go's HTML escapes.</summary>
internal static class ProtoJson
{
    public static string Print(JsonNode? node)
    {
        var text = new StringBuilder();
        Print(text, node, 0);
        return text.ToString();
    }

    private static void Print(StringBuilder text, JsonNode? node, int depth)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject fields:
                text.Append('{');
                var first = true;
                foreach (var (name, value) in fields)
                {
                    NewItem(text, ref first, depth + 1);
                    Quote(text, name);
                    text.Append(": ");
                    Print(text, value, depth + 1);
                }

                NewLine(text, depth).Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                var start = true;
                foreach (var item in items)
                {
                    NewItem(text, ref start, depth + 1);
                    Print(text, item, depth + 1);
                }

                NewLine(text, depth).Append(']');
                break;
            default:
                if (node.GetValueKind() == JsonValueKind.String)
                {
                    Quote(text, node.GetValue<string>());
                }
                else
                {
                    text.Append(node.ToJsonString());
                }

                break;
        }
    }

    private static void NewItem(StringBuilder text, ref bool first, int depth)
    {
        if (!first)
        {
            text.Append(',');
        }

        first = false;
        NewLine(text, depth);
    }

    private static StringBuilder NewLine(StringBuilder text, int depth) => text.Append('\n').Append(' ', depth * 2);

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '\r' => text.Append(@"\r"),
                '\t' => text.Append(@"\t"),
                < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
