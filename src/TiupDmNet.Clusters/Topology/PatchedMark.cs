using TiupDmNet.Clusters.Yaml;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace TiupDmNet.Clusters.Topology;

/// <summary>
/// Sets and clears <c>patched: true</c> in the text of meta.yaml where TiUP's emitter would put it (after <c>ssh_port</c>),
/// by splicing; nothing else of the text is touched.
/// </summary>
internal static class PatchedMark
{
    private const string Key = "patched";
    private const string Line = "patched: true";

    // TiUP's key order, backwards from the mark.
    private static readonly string[] KeysBefore = ["ssh_port", "manage_host", "host"];

    private static readonly HashSet<string> OnlyKey = [Key];
    private static readonly HashSet<string> None = [];

    /// <returns>The same object where nothing changes.</returns>
    /// <exception cref="ClusterException">A node is not there (any more), is there twice, or is written in a way that cannot be edited safely.</exception>
    public static ParsedMeta Apply(ParsedMeta meta, IReadOnlyCollection<string> nodeIds, bool patched)
    {
        var targets = nodeIds.Distinct()
            .Select(id => IndexOf(meta, id))
            .Where(index => meta.Topology.Nodes[index].Patched != patched)
            .ToList();
        if (targets.Count == 0)
        {
            return meta;
        }

        var text = meta.Text.Text;
        foreach (var splice in targets.Select(index => SpliceFor(meta, index, patched)).OrderByDescending(splice => splice.Start))
        {
            text = string.Concat(text.AsSpan(0, splice.Start), splice.Insert, text.AsSpan(splice.End));
        }

        return Check(meta, text, targets, patched);
    }

    private static int IndexOf(ParsedMeta meta, string nodeId)
    {
        var found = Enumerable.Range(0, meta.Items.Count).Where(index => meta.Topology.Nodes[index].Id == nodeId).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw new ClusterException($"{meta.Text.Path} has no node {nodeId} any more; another tool took it out, so look at the cluster again with `dotnet dm-patch display`"),
            _ => throw meta.Text.Error(meta.Items[found[1]], $"node {nodeId} is listed twice"),
        };
    }

    private static Splice SpliceFor(ParsedMeta meta, int index, bool patched)
    {
        var item = meta.Items[index];
        var text = meta.Text.Text;
        var entries = item.Children.ToList();
        var at = entries.FindIndex(entry => (entry.Key as YamlScalarNode)?.Value == Key);
        if (at >= 0)
        {
            return patched || !CanRemove(text, item, entries, at)
                ? Overwrite(entries[at].Value, patched)
                : Remove(text, item, entries, at);
        }

        var anchor = KeysBefore
            .Select(key => entries.FindIndex(entry => (entry.Key as YamlScalarNode)?.Value == key))
            .FirstOrDefault(found => found >= 0, -1);
        return anchor >= 0 ? InsertAfter(text, item, entries[anchor]) : throw Refuse(meta, index, patched);
    }

    private static Splice InsertAfter(string text, YamlMappingNode item, KeyValuePair<YamlNode, YamlNode> anchor)
    {
        var end = (int)anchor.Value.End.Index;
        if (item.Style == MappingStyle.Flow)
        {
            return new Splice(end, end, $", {Line}");
        }

        var indent = new string(' ', (int)anchor.Key.Start.Column - 1);
        var newline = text.IndexOf('\n', text[end - 1] == '\n' ? end - 1 : end); // a block scalar ends behind its last line
        if (newline < 0)
        {
            return new Splice(text.Length, text.Length, Ending(text, text.IndexOf('\n', StringComparison.Ordinal)) + indent + Line);
        }

        return new Splice(newline + 1, newline + 1, indent + Line + Ending(text, newline));
    }

    /// <summary>
    /// Only a mark as TiUP and this tool write it goes away whole. One with a comment beside it, or in the first place of an
    /// item, becomes `false`, which means the same.
    /// </summary>
    private static bool CanRemove(string text, YamlMappingNode item, List<KeyValuePair<YamlNode, YamlNode>> entries, int at) =>
        at > 0 && (item.Style == MappingStyle.Flow || LineAt(text, (int)entries[at].Key.Start.Index).Trim() == Line);

    private static Splice Remove(string text, YamlMappingNode item, List<KeyValuePair<YamlNode, YamlNode>> entries, int at)
    {
        var key = (int)entries[at].Key.Start.Index;
        if (item.Style == MappingStyle.Flow)
        {
            return new Splice((int)entries[at - 1].Value.End.Index, (int)entries[at].Value.End.Index, "");
        }

        var start = text.LastIndexOf('\n', key) + 1;
        var newline = text.IndexOf('\n', key);
        return newline >= 0 ? new Splice(start, newline + 1, "") : new Splice(start - Ending(text, start - 1).Length, text.Length, "");
    }

    private static Splice Overwrite(YamlNode value, bool patched)
    {
        int start = (int)value.Start.Index, end = (int)value.End.Index;
        return new Splice(start, end, (start == end ? " " : "") + (patched ? "true" : "false"));
    }

    private static ParsedMeta Check(ParsedMeta before, string text, List<int> targets, bool patched)
    {
        ParsedMeta after;
        try
        {
            after = MetaReader.Parse(YamlText.Parse(before.Text.Path, text, before.Text.Advice));
        }
        catch (ClusterException)
        {
            throw Refuse(before, targets[0], patched);
        }

        var edited = targets.Select(index => before.Items[index]).ToHashSet(ReferenceEqualityComparer.Instance);
        var saysIt = before.Items.Count == after.Items.Count
            && before.Topology.Nodes.Zip(after.Topology.Nodes).Index().All(each =>
                each.Item.Second.Patched == (targets.Contains(each.Index) ? patched : each.Item.First.Patched))
            && YamlTree.AreSame(before.Text.Root, after.Text.Root, (old, _) => edited.Contains(old) ? OnlyKey : None);
        return saysIt ? after : throw Refuse(before, targets[0], patched);
    }

    private static ClusterException Refuse(ParsedMeta meta, int index, bool patched) => new(
        $"{meta.Text.Path} line {meta.Items[index].Start.Line}: node {meta.Topology.Nodes[index].Id} is written in a way that `{Key}` cannot be {(patched ? "set" : "cleared")} in without touching the rest; "
        + $"{(patched ? $"add `{Line}` to" : $"take `{Key}` out of")} it with an editor and run the command again");

    private static string LineAt(string text, int index)
    {
        var start = text.LastIndexOf('\n', index) + 1;
        var end = text.IndexOf('\n', index);
        return text[start..(end < 0 ? text.Length : end)];
    }

    /// <summary>The line ending that stands at a newline; \n where there is none.</summary>
    private static string Ending(string text, int newline) => newline > 0 && text[newline - 1] == '\r' ? "\r\n" : "\n";

    private sealed record Splice(int Start, int End, string Insert);
}
