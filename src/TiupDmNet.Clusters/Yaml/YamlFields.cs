using YamlDotNet.RepresentationModel;

namespace TiupDmNet.Clusters.Yaml;

/// <summary>
/// A mapping read by key as Go's yaml decodes it into a struct: what is missing or null is the zero value, and a number
/// or a boolean where text belongs is taken as its text.
/// </summary>
internal sealed class YamlFields(YamlText text, YamlMappingNode mapping)
{
    private const int DeepestMerge = 16;

    public YamlMappingNode Mapping => mapping;

    public ClusterException Error(string key, string what) => text.Error(Find(mapping, key, 0) ?? mapping, what);

    public bool Has(string key) => Find(mapping, key, 0) is not null;

    /// <summary>Refuses a key that the one who wrote it believes to mean something.</summary>
    public void RefuseKeysOtherThan(IReadOnlyList<string> known)
    {
        foreach (var key in mapping.Children.Keys.OfType<YamlScalarNode>())
        {
            if (key.Value is { } name && name != "<<" && !known.Contains(name))
            {
                throw text.Error(key, $"`{name}` is not a key that is known here{Suggestion.For(name, known)}");
            }
        }
    }

    public string Text(string key) => Scalar(key, "text")?.Value ?? "";

    /// <summary>0 where it is missing.</summary>
    public int Integer(string key)
    {
        if (Scalar(key, "a number") is not { Value: { Length: > 0 } written } scalar)
        {
            return 0;
        }

        return YamlValue.Of(written) switch
        {
            long number and >= int.MinValue and <= int.MaxValue => (int)number,
            double number when number == Math.Truncate(number) && Math.Abs(number) <= int.MaxValue => (int)number,
            _ => throw text.Error(scalar, $"`{key}` must be a number, not `{written}`"),
        };
    }

    /// <summary>A port: 0 where it is missing.</summary>
    public int Port(string key)
    {
        var port = Integer(key);
        return port is >= 0 and <= 65535 ? port : throw Error(key, $"`{key}` must be a port (1 to 65535), not `{port}`");
    }

    /// <summary>False where it is missing. The words of YAML 1.1 (yes, on) count, as in Go's yaml.</summary>
    public bool Flag(string key)
    {
        if (Scalar(key, "true or false") is not { Value: { Length: > 0 } written } scalar)
        {
            return false;
        }

        return written.ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "ON" or "Y" => true,
            "FALSE" or "NO" or "OFF" or "N" => false,
            _ => throw text.Error(scalar, $"`{key}` must be true or false, not `{written}`"),
        };
    }

    /// <summary>A mapping inside this one, or null where it is missing.</summary>
    public YamlFields? Section(string key) => Value(key) switch
    {
        null => null,
        YamlMappingNode inner => new YamlFields(text, inner),
        var other => throw text.Error(other, $"`{key}` must hold keys and values"),
    };

    /// <summary>The mappings of a list; none where it is missing.</summary>
    public IReadOnlyList<YamlFields> Items(string key)
    {
        switch (Value(key))
        {
            case null:
                return [];
            case YamlSequenceNode list:
                return [.. list.Select(item => item is YamlMappingNode inner
                    ? new YamlFields(text, inner)
                    : throw text.Error(item, $"an item of `{key}` must hold keys and values"))];
            case var other:
                throw text.Error(other, $"`{key}` must be a list");
        }
    }

    /// <summary>The values under a key, whatever they are; none where it is missing.</summary>
    public IReadOnlyDictionary<string, object?> Values(string key) =>
        Section(key) is { } section ? YamlValue.OfMapping(section.Mapping) : YamlValue.Nothing;

    private YamlScalarNode? Scalar(string key, string kind) => Value(key) switch
    {
        null => null,
        YamlScalarNode scalar => scalar,
        var other => throw text.Error(other, $"`{key}` must be {kind}"),
    };

    private YamlNode? Value(string key) => Find(mapping, key, 0) is { } found && !YamlValue.IsNull(found) ? found : null;

    /// <summary>The key itself before what merge keys (&lt;&lt;) bring in.</summary>
    private static YamlNode? Find(YamlMappingNode mapping, string key, int depth)
    {
        if (mapping.Children.TryGetValue(new YamlScalarNode(key), out var found))
        {
            return found;
        }

        if (depth == DeepestMerge || !mapping.Children.TryGetValue(new YamlScalarNode("<<"), out var merged))
        {
            return null;
        }

        var sources = merged is YamlSequenceNode list ? list.Children : [merged];
        return sources.OfType<YamlMappingNode>().Select(source => Find(source, key, depth + 1)).FirstOrDefault(value => value is not null);
    }
}
