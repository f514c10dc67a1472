namespace TiupDmNet.Clusters.Topology;

/// <summary>A node as the item that TiUP would write for it: its keys in TiUP's order, without the empty ones (spec of the fields: <see cref="Role"/>).</summary>
internal static class NodeItem
{
    public static IReadOnlyDictionary<string, object?> Of(Node node)
    {
        var role = Role.Of(node);
        var item = new OrderedDictionary<string, object?>();
        foreach (var key in role.KeyNames)
        {
            var value = Value(node, role, key);
            if (!role.Omits(key) || !IsEmpty(value))
            {
                item.Add(key, value);
            }
        }

        return item;
    }

    private static object? Value(Node node, Role role, string key) => key switch
    {
        "host" => node.Host,
        "manage_host" => node.ManageHost == node.Host ? node.Fields.GetValueOrDefault(key) : node.ManageHost,
        "ssh_port" => node.SshPort,
        "patched" => node.Patched,
        "ignore_exporter" => node.IgnoreExporter,
        "name" => node.Name,
        "deploy_dir" => node.WrittenDeployDir,
        "data_dir" => node.WrittenDataDir,
        "log_dir" => node.WrittenLogDir,
        "arch" => node.Arch,
        "os" => node.Os,
        "numa_node" => node.NumaNode,
        _ when key == role.Main.Key => node.Port,
        _ when key == role.Second?.Key => node.Ports[1],
        "username" or "password" => node.Fields.GetValueOrDefault(key) ?? "admin",
        "anonymous_enable" => node.Fields.GetValueOrDefault(key) ?? false,
        "root_url" or "domain" => node.Fields.GetValueOrDefault(key) ?? "",
        "external_alertmanagers" => node.Fields.GetValueOrDefault(key) ?? Array.Empty<object?>(),
        _ => node.Fields.GetValueOrDefault(key),
    };

    private static bool IsEmpty(object? value) => value is null or "" or 0 or 0L or false
        or IReadOnlyCollection<object?> { Count: 0 } or IReadOnlyDictionary<string, object?> { Count: 0 };
}
