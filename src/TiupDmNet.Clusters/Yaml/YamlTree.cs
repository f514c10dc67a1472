using YamlDotNet.RepresentationModel;

namespace TiupDmNet.Clusters.Yaml;

/// <summary>Compares two trees, to prove that an edit of the text changed what it should and nothing else.</summary>
internal static class YamlTree
{
    /// <param name="differs">Asked at each pair of mappings for the keys that are looked at elsewhere.</param>
    public static bool AreSame(YamlNode before, YamlNode after, Func<YamlMappingNode, YamlMappingNode, IReadOnlySet<string>> differs) => (before, after) switch
    {
        (YamlScalarNode one, YamlScalarNode other) => one.Value == other.Value && one.Style == other.Style && one.Tag == other.Tag,
        (YamlSequenceNode one, YamlSequenceNode other) =>
            one.Children.Count == other.Children.Count && one.Children.Zip(other.Children).All(pair => AreSame(pair.First, pair.Second, differs)),
        (YamlMappingNode one, YamlMappingNode other) => AreSameMappings(one, other, differs),
        _ => false,
    };

    private static bool AreSameMappings(YamlMappingNode before, YamlMappingNode after, Func<YamlMappingNode, YamlMappingNode, IReadOnlySet<string>> differs)
    {
        var ignored = differs(before, after);
        var old = Kept(before);
        var now = Kept(after);
        return old.Count == now.Count
            && old.Zip(now).All(pair => AreSame(pair.First.Key, pair.Second.Key, differs) && AreSame(pair.First.Value, pair.Second.Value, differs));

        List<KeyValuePair<YamlNode, YamlNode>> Kept(YamlMappingNode mapping) =>
            [.. mapping.Children.Where(entry => (entry.Key as YamlScalarNode)?.Value is not { } key || !ignored.Contains(key))];
    }
}
