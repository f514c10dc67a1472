using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace TiupDmNet.Clusters.Yaml;

/// <summary>A YAML file as text and as a tree whose nodes know their places in that text.</summary>
internal sealed class YamlText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private YamlText(string path, string advice, string text, YamlMappingNode root)
    {
        Path = path;
        Advice = advice;
        Text = text;
        Root = root;
    }

    public string Path { get; }

    /// <summary>What the operator can do about a mistake in this file.</summary>
    public string Advice { get; }

    /// <summary>The content without a byte order mark.</summary>
    public string Text { get; }

    public YamlMappingNode Root { get; }

    /// <exception cref="ClusterException">Not UTF-8, not YAML, or not a mapping; says where.</exception>
    public static YamlText Parse(string path, byte[] content, string advice)
    {
        string text;
        try
        {
            text = Strict.GetString(content);
        }
        catch (DecoderFallbackException failure)
        {
            throw new ClusterException($"{path} is not UTF-8 text; {advice}", failure);
        }

        return Parse(path, text.TrimStart('\uFEFF'), advice);
    }

    public static YamlText Parse(string path, string text, string advice)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException failure)
        {
            throw new ClusterException($"{path} line {failure.Start.Line} is not valid YAML ({Reason(failure)}); {advice}", failure);
        }
        catch (InvalidOperationException failure)
        {
            // What YamlDotNet has for a few kinds of unbalanced text.
            throw new ClusterException($"{path} is not valid YAML; {advice}", failure);
        }

        if (stream.Documents.Count == 0)
        {
            throw new ClusterException($"{path} is empty; {advice}");
        }

        return stream.Documents[0].RootNode is YamlMappingNode root
            ? new YamlText(path, advice, text, root)
            : throw new ClusterException($"{path} does not hold keys and values; {advice}");
    }

    public byte[] ToBytes() => Strict.GetBytes(Text);

    public ClusterException Error(YamlNode at, string what) => new($"{Path} line {at.Start.Line}: {what}; {Advice}");

    private static string Reason(YamlException failure)
    {
        var reason = failure.Message.TrimEnd('.');
        return char.IsUpper(reason, 0) ? char.ToLowerInvariant(reason[0]) + reason[1..] : reason;
    }
}
