using System.Net;
using System.Text;
using DmDouble;
using TiupDmNet.Lab.Tests.Hosts;

namespace TiupDmNet.Lab.Tests.Clusters;

/// <summary>Lays a cluster out on hosts as <c>tiup dm deploy</c> leaves it, and starts it as <c>tiup dm start</c> does.</summary>
internal sealed class ClusterDeployment(ClusterOptions options, IReadOnlyList<LabNode> nodes, ClusterCertificates? certificates)
{
    private const string DeployRoot = "/home/tidb/dm/deploy";

    // Short leases: a test that kills a process need not wait a minute for DM to notice.
    private readonly byte[] _knobs = KnobsFile.Bytes(
        new Knobs { ElectionTtlMs = 3_000, KeepaliveTtlMs = 3_000, GracefulStopMs = (int)options.StopTime.TotalMilliseconds });

    private readonly List<LayoutNode> _masters = [.. nodes.Where(node => node.Component == LabNode.Master).Select(node => node.Layout)];

    public Task RunAsync(Func<LabNode, HostFile> binaryOf, CancellationToken cancellationToken) =>
        Task.WhenAll(nodes.GroupBy(node => node.Host).Select(group => DeployAsync(group.Key, [.. group], binaryOf, cancellationToken)));

    private async Task DeployAsync(LabHost host, IReadOnlyList<LabNode> here, Func<LabNode, HostFile> binaryOf, CancellationToken cancellationToken)
    {
        if (options.DeployDiskMegabytes is { } megabytes)
        {
            await host.MountSmallDiskAsync(DeployRoot, megabytes, cancellationToken);
        }

        await host.WriteAsync(
            [.. Directories("/home/tidb/dm", DeployRoot), .. here.SelectMany(node => FilesOf(node).Append(binaryOf(node)))],
            cancellationToken);
        var units = string.Join(' ', here.Select(node => node.Unit));
        await host.ExecAsync(
            options.UserMode
                ? $"""
                   loginctl enable-linger tidb
                   until systemctl --quiet is-active user@1000.service; do sleep 0.05; done
                   export XDG_RUNTIME_DIR=/run/user/1000
                   sudo -u tidb --preserve-env=XDG_RUNTIME_DIR systemctl --user daemon-reload
                   sudo -u tidb --preserve-env=XDG_RUNTIME_DIR systemctl --user start {units}
                   """
                : $"systemctl daemon-reload && systemctl --quiet enable --now {units}",
            cancellationToken);
    }

    private IEnumerable<HostFile> FilesOf(LabNode node)
    {
        var deploy = node.DeployDirectory;
        var role = node.Component;
        foreach (var directory in Directories(deploy, $"{deploy}/bin", $"{deploy}/bin/{role}", $"{deploy}/conf", $"{deploy}/scripts",
            $"{deploy}/log", $"{deploy}/data", $"{deploy}/tls"))
        {
            yield return directory;
        }

        yield return Text($"{deploy}/scripts/run_{role}.sh", TiupLayout.RunScript(node.Layout, _masters, options.Tls), HostFile.Executable);
        yield return Text($"{deploy}/conf/{role}.toml", TiupLayout.Configuration(node.Layout, options.Tls));
        yield return new HostFile($"{deploy}/{KnobsFile.Name}", _knobs, HostFile.Plain);
        foreach (var file in UnitOf(node).Concat(TlsOf(node)))
        {
            yield return file;
        }
    }

    private IEnumerable<HostFile> UnitOf(LabNode node)
    {
        var unit = TiupLayout.Unit(node.Layout, options.UserMode ? null : "tidb");
        return options.UserMode
            ? [
                .. Directories("/home/tidb/.config", "/home/tidb/.config/systemd", "/home/tidb/.config/systemd/user"),
                Text($"/home/tidb/.config/systemd/user/{node.Unit}", unit),
              ]
            : [Text($"/etc/systemd/system/{node.Unit}", unit) with { OwnedByTidb = false }];
    }

    private IEnumerable<HostFile> TlsOf(LabNode node)
    {
        if (certificates is null)
        {
            return [];
        }

        var issued = certificates.Issue(node.Component, [IPAddress.Parse(node.Host.Address)]);
        return
        [
            Text($"{node.DeployDirectory}/tls/ca.crt", certificates.Authority.Certificate),
            Text($"{node.DeployDirectory}/tls/{node.Component}.crt", issued.Certificate),
            Text($"{node.DeployDirectory}/tls/{node.Component}.pem", issued.PrivateKey),
        ];
    }

    private static IEnumerable<HostFile> Directories(params string[] paths) =>
        paths.Select(path => new HostFile(path, null, HostFile.Executable));

    private static HostFile Text(string path, string text, UnixFileMode mode = HostFile.Plain) =>
        new(path, Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n")), mode);
}
