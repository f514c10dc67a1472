using System.Globalization;
using TiupDmNet.Clusters.Yaml;

namespace TiupDmNet.Clusters.Topology;

/// <summary>
/// Reads one item of a <c>*_servers</c> list. Two users matter for relative directories: the one that they are used as
/// (top-level <c>user</c>) here, and the one that they are expanded for before a new node is saved (<c>global.user</c>).
/// </summary>
/// <param name="user">The user below whose home a relative deploy directory lies.</param>
internal sealed class NodeReader(string user, GlobalOptions global, IReadOnlyDictionary<string, string> sources)
{
    public Node Read(Role role, YamlFields item)
    {
        var host = item.Text("host");
        if (host.Length == 0)
        {
            throw item.Error("host", $"`{role.Section}` contains empty host field");
        }

        var port = MetaReader.Or(item.Port(role.Main.Key), role.Main.Default);
        var instance = string.Create(CultureInfo.InvariantCulture, $"{role.Name}-{port}");
        var writtenDeployDir = MetaReader.Or(item.Text("deploy_dir"), UnixPath.Join(global.DeployDir, instance));
        var writtenDataDir = role.Has("data_dir") ? MetaReader.Or(item.Text("data_dir"), DefaultDataDir(instance)) : "";
        var writtenLogDir = role.Has("log_dir") ? MetaReader.Or(item.Text("log_dir"), global.LogDir) : "";
        var deployDir = UnixPath.OfUser(user, writtenDeployDir);

        return new Node
        {
            Id = Node.IdOf(host, port),
            Component = role.Name,
            Host = host,
            ManageHost = MetaReader.Or(item.Text("manage_host"), host),
            SshPort = MetaReader.Or(item.Port("ssh_port"), global.SshPort),
            Port = port,
            Ports = [port, .. OtherPorts(role, item)],
            Name = role.IsDm ? MetaReader.Or(item.Text("name"), string.Create(CultureInfo.InvariantCulture, $"dm-{host}-{port}")) : "",
            DeployDir = deployDir,
            WrittenDeployDir = writtenDeployDir,
            WrittenDataDir = writtenDataDir,
            WrittenLogDir = writtenLogDir,
            DataDirs = UnixPath.List(deployDir, writtenDataDir),
            LogDir = UnixPath.Below(deployDir, MetaReader.Or(writtenLogDir, "log")),
            Os = item.Text("os").ToLowerInvariant(),
            Arch = GoArch(item.Text("arch")),
            PackageName = MetaReader.Or(role.Has("source") ? item.Text("source") : "", sources.GetValueOrDefault(role.Name, role.Name)),
            Patched = item.Flag("patched"),
            IgnoreExporter = item.Flag("ignore_exporter"),
            ListenHost = MetaReader.Or(item.Text("listen_host"), MetaReader.Or(global.ListenHost, host.Contains(':', StringComparison.Ordinal) ? "::" : "0.0.0.0")),
            NumaNode = item.Text("numa_node"),
            ResourceControl = MetaReader.ReadResourceControl(item.Section("resource_control")).Over(global.ResourceControl),
            Config = item.Values("config"),
            Fields = YamlValue.OfMapping(item.Mapping),
        };
    }

    private string DefaultDataDir(string instance) =>
        UnixPath.IsAbsolute(global.DataDir) ? UnixPath.Join(global.DataDir, instance) : global.DataDir;

    private static IEnumerable<int> OtherPorts(Role role, YamlFields item)
    {
        if (role.Second is { } second)
        {
            yield return MetaReader.Or(item.Port(second.Key), second.Default);
        }

        if (role.Has("ng_port") && item.Port("ng_port") is var ng and > 0)
        {
            yield return ng;
        }
    }

    private static string GoArch(string written) => written.ToLowerInvariant() switch
    {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        var arch => arch,
    };
}
