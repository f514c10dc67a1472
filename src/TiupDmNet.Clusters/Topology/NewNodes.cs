using TiupDmNet.Clusters.Yaml;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace TiupDmNet.Clusters.Topology;

/// <summary>Adds nodes to the text of meta.yaml, behind those of their role, in the layout that the file has; nothing else of it is touched.</summary>
internal static class NewNodes
{
    private static readonly HashSet<string> None = [];

    /// <returns>The same object where nothing is to be added.</returns>
    /// <exception cref="ClusterException">A node is there already, or a list is written in a way that cannot be edited safely.</exception>
    public static ParsedMeta Add(ParsedMeta meta, IReadOnlyCollection<Node> nodes)
    {
        if (nodes.FirstOrDefault(node => meta.Topology.Find(node.Id) is not null) is { } present)
        {
            throw new ClusterException($"{meta.Text.Path} has a node {present.Id} already; take it out of the topology file and run the command again");
        }

        var after = meta;
        foreach (var byRole in nodes.GroupBy(Role.Of))
        {
            after = Parse(meta, byRole.Key, Splice(after, byRole.Key, [.. byRole]));
        }

        return nodes.Count == 0 || SaysIt(meta, after, nodes) ? after : throw Refuse(meta, Role.Of(nodes.First()));
    }

    private static ParsedMeta Parse(ParsedMeta before, Role role, string text)
    {
        try
        {
            return MetaReader.Parse(YamlText.Parse(before.Text.Path, text, before.Text.Advice));
        }
        catch (ClusterException)
        {
            throw Refuse(before, role);
        }
    }

    private static string Splice(ParsedMeta meta, Role role, IReadOnlyList<Node> nodes)
    {
        var text = meta.Text.Text;
        var topology = (YamlMappingNode)meta.Text.Root.Children["topology"];
        var layout = Layout.Of(meta.Text, topology);
        if (layout is null)
        {
            throw Refuse(meta, role);
        }

        if (topology.Children.TryGetValue(role.Section, out var list))
        {
            var items = Write(layout, nodes, DashOf(list) ?? layout.Dash);
            switch (list)
            {
                case YamlSequenceNode { Style: not SequenceStyle.Flow, Children.Count: > 0 }:
                    return InsertAfter(text, list, items, layout.Newline);
                case YamlSequenceNode { Children.Count: 0 } when text.IndexOf(']', (int)list.Start.Index) is var end and > 0:
                    return string.Concat(text.AsSpan(0, (int)list.Start.Index).TrimEnd(' '), layout.Newline, items.AsSpan(0, items.Length - layout.Newline.Length), text.AsSpan(end + 1));
                case YamlScalarNode:
                    return InsertAfter(text, list, items, layout.Newline);
                default:
                    throw Refuse(meta, role);
            }
        }

        // TiUP leaves these lists out while they are empty; its order is that of the roles.
        var before = Role.All.TakeWhile(each => each != role).Reverse()
            .Select(each => topology.Children.TryGetValue(each.Section, out var section) ? section : null)
            .FirstOrDefault(each => each is not null) ?? topology.Children.Values.Last();
        return InsertAfter(text, before, $"{new string(' ', layout.Key)}{role.Section}:{layout.Newline}{Write(layout, nodes, layout.Dash)}", layout.Newline);
    }

    private static string Write(Layout layout, IReadOnlyList<Node> nodes, int dash)
    {
        var writer = new YamlWriter(layout.IsV2, layout.Newline);
        foreach (var node in nodes)
        {
            writer.Item(dash, NodeItem.Of(node));
        }

        return writer.ToString();
    }

    private static int? DashOf(YamlNode list) =>
        list is YamlSequenceNode { Style: not SequenceStyle.Flow, Children.Count: > 0 } ? (int)list.Start.Column - 1 : null;

    private static string InsertAfter(string text, YamlNode node, string lines, string ending)
    {
        var end = (int)LastLeaf(node).End.Index;
        var newline = text.IndexOf('\n', end > 0 && text[end - 1] == '\n' ? end - 1 : end);
        return newline >= 0
            ? text.Insert(newline + 1, lines)
            : text + ending + lines[..^ending.Length];
    }

    private static YamlNode LastLeaf(YamlNode node) => node switch
    {
        YamlMappingNode { Children.Count: > 0 } mapping => LastLeaf(mapping.Children.Values.Last()),
        YamlSequenceNode { Children.Count: > 0 } list => LastLeaf(list.Children[^1]),
        _ => node,
    };

    private static bool SaysIt(ParsedMeta before, ParsedMeta after, IReadOnlyCollection<Node> nodes)
    {
        var old = (YamlMappingNode)before.Text.Root.Children["topology"];
        var now = (YamlMappingNode)after.Text.Root.Children["topology"];
        var sections = nodes.Select(node => Role.Of(node).Section).ToHashSet();

        return YamlTree.AreSame(before.Text.Root, after.Text.Root, (mapping, _) => ReferenceEquals(mapping, old) ? sections : None)
            && sections.All(section => ItemsOf(old, section) is var items
                && items.Zip(ItemsOf(now, section)).Count(pair => YamlTree.AreSame(pair.First, pair.Second, (_, _) => None)) == items.Count)
            && before.Topology.With(nodes).Nodes.Zip(after.Topology.Nodes).All(pair => IsSame(pair.First, pair.Second))
            && after.Topology.Nodes.Count == before.Topology.Nodes.Count + nodes.Count;
    }

    private static IReadOnlyList<YamlNode> ItemsOf(YamlMappingNode topology, string section) =>
        topology.Children.TryGetValue(section, out var list) && list is YamlSequenceNode items ? [.. items.Children] : [];

    private static bool IsSame(Node meant, Node read) =>
        meant.Ports.SequenceEqual(read.Ports)
        && meant.DataDirs.SequenceEqual(read.DataDirs)
        && YamlValue.AreSame(meant.Config, read.Config)
        && (meant with { Ports = read.Ports, DataDirs = read.DataDirs, Config = read.Config, Fields = read.Fields }) == read;

    private static ClusterException Refuse(ParsedMeta meta, Role role) => new(
        $"{meta.Text.Path}: `{role.Section}` is written in a way that nodes cannot be added to without touching the rest; write it as a list of one item below the other and run the command again");

    /// <summary>How the file is laid out: the columns (from 0) of the keys of <c>topology</c> and of the dashes below them.</summary>
    private sealed record Layout(int Key, int Dash, bool IsV2, string Newline)
    {
        public static Layout? Of(YamlText text, YamlMappingNode topology)
        {
            if (topology.Style == MappingStyle.Flow || topology.Children.Count == 0)
            {
                return null;
            }

            var key = (int)topology.Children.Keys.First().Start.Column - 1;
            var dash = topology.Children.Values.Select(DashOf).FirstOrDefault(column => column is not null) ?? (key == 4 ? 8 : key);
            var newline = text.Text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
            return new Layout(key, dash, dash == key, newline);
        }
    }
}
