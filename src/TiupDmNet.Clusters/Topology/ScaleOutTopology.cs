using TiupDmNet.Clusters.Yaml;

namespace TiupDmNet.Clusters.Topology;

/// <summary>
/// The file that scale-out is given: new nodes in the shape of a topology file. What they leave open comes from the cluster;
/// directories are absolute, expanded for <c>global.user</c> as before a save by TiUP (pingcap/tiup pkg/cluster/spec/parse_topology.go:105).
/// </summary>
/// <param name="Nodes">In start order. <see cref="Node.Os"/> and <see cref="Node.Arch"/> are "" unless the file says them: ask the host.</param>
/// <param name="IgnoredSections">Sections of the file that belong to the cluster and do not count here, for a warning.</param>
public sealed record ScaleOutTopology(IReadOnlyList<Node> Nodes, IReadOnlyList<string> IgnoredSections)
{
    private const string Advice = "put the topology file right and run the command again";

    // pingcap/tiup pkg/cluster/spec/parse_topology.go:73
    private static readonly string[] OfCluster = ["global", "monitored", "server_configs"];

    /// <exception cref="ClusterException">The file cannot be read, has keys that TiUP does not know, or adds nothing.</exception>
    public static ScaleOutTopology Read(string path, ClusterTopology cluster)
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"cannot read the topology file {path}: {failure.Message.TrimEnd('.')}; check the path", failure);
        }

        return Parse(YamlText.Parse(path, content, Advice), cluster);
    }

    internal static ScaleOutTopology Parse(YamlText text, ClusterTopology cluster)
    {
        var file = new YamlFields(text, text.Root);
        file.RefuseKeysOtherThan([.. OfCluster, .. Role.All.Select(role => role.Section)]);

        var reader = new NodeReader(cluster.Global.User, cluster.Global, cluster.ComponentSources);
        var nodes = new List<Node>();
        foreach (var role in Role.All)
        {
            foreach (var item in file.Items(role.Section))
            {
                item.RefuseKeysOtherThan(role.KeyNames);
                nodes.Add(MetaReader.WithExporterPorts(Expanded(reader.Read(role, item)), cluster.Monitored));
            }
        }

        return nodes.Count > 0
            ? new ScaleOutTopology(nodes, [.. OfCluster.Where(file.Has)])
            : throw new ClusterException($"{text.Path} adds no node; {Advice}");
    }

    private static Node Expanded(Node node) => node with
    {
        WrittenDeployDir = node.DeployDir,
        WrittenDataDir = string.Join(',', node.DataDirs),
        WrittenLogDir = node.WrittenLogDir.Length > 0 ? node.LogDir : "",
    };
}
