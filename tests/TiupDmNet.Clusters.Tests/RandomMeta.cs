using System.Globalization;
using System.Text;

namespace TiupDmNet.Clusters.Tests;

/// <summary>Writes a meta.yaml as a person, another TiUP or another tool might leave it: any layout, unknown keys, comments.</summary>
internal static class RandomMeta
{
    private static readonly (string Section, string Port)[] Sections =
        [("master_servers", "port"), ("worker_servers", "port"), ("monitoring_servers", "port"), ("grafana_servers", "port"), ("alertmanager_servers", "web_port")];

    private static readonly string[] Extras =
    [
        "future_key: whatever", "note: \"patched: true\"", "imported: true", "labels: {zone: a, 'x y': [1, 2]}", "config:\n  log-level: debug\n  list:\n  - a\n  - b: 1",
        "comment: 'it''s # no comment'", "text: |\n  patched: true\n  second line", "folded: >-\n  some\n  words", "unicode: \"äöü 😀 \\u00e9\"", "numa_node: \"0\"", "empty:", "tilde: ~", "source: other",
    ];

    private static readonly string[] Comments = ["", "", "", "  # patched: true", " # äöü 😀", "   "];

    public static string Write(Random random)
    {
        int step = random.Next(2) == 0 ? 2 : 4, dash = random.Next(2) == 0 ? 0 : step;
        var newline = random.Next(4) == 0 ? "\r\n" : "\n";
        var text = new StringBuilder("user: tidb\ndm_version: v8.5.0\n");
        if (random.Next(3) == 0)
        {
            text.Append("# patched: true\nunknown:\n").Append(' ', step).Append("deep: [1, {a: b}]\n");
        }

        text.Append("topology:\n");
        foreach (var (section, port) in Sections.Where(_ => random.Next(5) > 0))
        {
            text.Append(' ', step).Append(section).Append(":\n");
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var host = random.Next(4) == 0 ? $"fd00::{i}:{random.Next(1, 9999)}" : $"10.0.{random.Next(256)}.{i}";
                var lines = Item(random, host, port, 1000 + random.Next(60000));
                Append(text, lines, step + dash, random);
            }
        }

        return text.Append("last: true\n").ToString().Replace("\n", newline, StringComparison.Ordinal);
    }

    private static List<string> Item(Random random, string host, string portKey, int port)
    {
        var lines = new List<string> { $"host: '{host}'" };
        if (random.Next(3) == 0)
        {
            lines.Add("manage_host: 192.168.0.1");
        }

        if (random.Next(4) > 0)
        {
            lines.Add("ssh_port: 22");
        }

        lines.Add(string.Create(CultureInfo.InvariantCulture, $"{portKey}: {port}"));
        foreach (var extra in Extras.Where(_ => random.Next(4) == 0))
        {
            lines.Insert(random.Next(1, lines.Count + 1), extra);
        }

        return lines;
    }

    private static void Append(StringBuilder text, List<string> lines, int column, Random random)
    {
        if (random.Next(5) == 0 && lines.TrueForAll(line => !line.Contains('\n', StringComparison.Ordinal) && !line.EndsWith(':')))
        {
            text.Append(' ', column).Append("- {").AppendJoin(random.Next(2) == 0 ? ", " : " , ", lines).Append("}\n");
            return;
        }

        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0 && random.Next(8) == 0)
            {
                text.Append(random.Next(2) == 0 ? "\n" : "# a comment at the margin\n");
            }

            var comment = lines[i].Contains('\n', StringComparison.Ordinal) ? "" : Comments[random.Next(Comments.Length)];
            text.Append(' ', column).Append(i == 0 ? "- " : "  ").Append(lines[i].Replace("\n", "\n" + new string(' ', column + 2), StringComparison.Ordinal)).Append(comment).Append('\n');
        }
    }
}
