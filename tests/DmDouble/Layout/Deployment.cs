using System.Security.Cryptography;
using DmDouble.Wire;

namespace DmDouble.Layout;

/// <summary>The files of a cluster on this machine: deploy directories, units, TIUP_HOME.</summary>
internal sealed class Deployment(string directory, LocalClusterOptions options, IReadOnlyList<LayoutNode> masters, IReadOnlyList<LayoutNode> workers)
{
    private static readonly UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly UnixFileMode OwnerDirectory = Owner | UnixFileMode.UserExecute;
    private static readonly UnixFileMode Executable =
        OwnerDirectory | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public string TiupHome => Path.Combine(directory, "tiup");

    public string ClusterDirectory => Path.Combine(TiupHome, "storage", "dm", "clusters", options.Name);

    public string MetaYaml => Path.Combine(ClusterDirectory, "meta.yaml");

    public string Units => Path.Combine(directory, "units");

    public string Systemctl => Path.Combine(directory, "tools", "systemctl");

    private string ClientTlsDirectory => Path.Combine(ClusterDirectory, "tls");

    public static void WriteKnobs(LayoutNode node, Knobs knobs)
    {
        var path = Path.Combine(node.DeployDir, KnobsFile.Name);
        File.WriteAllBytes(path + ".tmp", KnobsFile.Bytes(knobs));
        File.Move(path + ".tmp", path, overwrite: true);
    }

    public string Build(string component, BuildStamp stamp)
    {
        var path = Path.Combine(directory, "builds", stamp.Commit[..Math.Min(7, stamp.Commit.Length)], component);
        // A dm-master is no dm-worker: their files must differ as the real ones do.
        DoubleBuild.Stamp(DoubleBuild.Executable, path, stamp with { Branch = $"{stamp.Branch}-{component}" });
        return path;
    }

    /// <summary>What a client of the cluster presents and trusts.</summary>
    public Tls ClientTls() => new(Path.Combine(ClientTlsDirectory, "ca.crt"), Path.Combine(ClientTlsDirectory, "client.crt"), Path.Combine(ClientTlsDirectory, "client.pem"));

    public async Task WriteAsync(CancellationToken cancellation)
    {
        DoubleBuild.Stamp(DoubleBuild.Executable, Systemctl, BuildStamp.None);
        Directory.CreateDirectory(Units);
        using var tls = options.Tls ? new TlsFiles() : null;
        foreach (var node in masters.Concat(workers))
        {
            await WriteNodeAsync(node, cancellation);
            if (tls is not null)
            {
                await WriteCertificatesAsync(tls, Path.Combine(node.DeployDir, "tls"), node.Component, node.Host, cancellation);
            }
        }

        Directory.CreateDirectory(ClusterDirectory);
        await WriteKeyAsync(cancellation);
        if (tls is not null)
        {
            await WriteCertificatesAsync(tls, ClientTlsDirectory, "client", "127.0.0.1", cancellation);
        }

        await File.WriteAllTextAsync(
            MetaYaml,
            TiupLayout.MetaYaml(Environment.UserName, options.Version, Path.Combine(directory, "deploy"), userMode: true, options.Tls, masters, workers),
            cancellation);
    }

    private async Task WriteNodeAsync(LayoutNode node, CancellationToken cancellation)
    {
        foreach (var name in (string[])["conf", "scripts", "log", "data"])
        {
            Directory.CreateDirectory(Path.Combine(node.DeployDir, name));
        }

        var script = Path.Combine(node.DeployDir, "scripts", $"run_{node.Component}.sh");
        await File.WriteAllTextAsync(script, TiupLayout.RunScript(node, masters, options.Tls), cancellation);
        File.SetUnixFileMode(script, Executable);
        await File.WriteAllTextAsync(Path.Combine(node.DeployDir, "conf", $"{node.Component}.toml"), TiupLayout.Configuration(node, options.Tls), cancellation);
        await File.WriteAllTextAsync(Path.Combine(Units, node.Unit), TiupLayout.Unit(node, user: null), cancellation);
        Directory.CreateDirectory(Path.GetDirectoryName(node.Binary)!);
        File.Copy(Build(node.Component, options.Build), node.Binary);
        WriteKnobs(node, options.Knobs);
    }

    private static async Task WriteCertificatesAsync(TlsFiles tls, string place, string name, string host, CancellationToken cancellation)
    {
        Directory.CreateDirectory(place);
        var (certificate, key) = tls.Issue(name, host);
        await File.WriteAllTextAsync(Path.Combine(place, "ca.crt"), tls.Authority, cancellation);
        await File.WriteAllTextAsync(Path.Combine(place, $"{name}.crt"), certificate, cancellation);
        await File.WriteAllTextAsync(Path.Combine(place, $"{name}.pem"), key, cancellation);
    }

    /// <summary>The cluster's key. No host takes it: programs reach the hosts of this cluster with <c>--ssh none</c>.</summary>
    private async Task WriteKeyAsync(CancellationToken cancellation)
    {
        var place = Directory.CreateDirectory(Path.Combine(ClusterDirectory, "ssh"), OwnerDirectory);
        using var key = RSA.Create(2048);
        var path = Path.Combine(place.FullName, "id_rsa");
        await File.WriteAllTextAsync(path, key.ExportRSAPrivateKeyPem(), cancellation);
        File.SetUnixFileMode(path, Owner);
    }
}
