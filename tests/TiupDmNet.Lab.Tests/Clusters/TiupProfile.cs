namespace TiupDmNet.Lab.Tests.Clusters;

/// <summary>The TIUP_HOME of the operator: what <c>tiup dm deploy</c> keeps about one cluster on this machine.</summary>
public sealed class TiupProfile
{
    private readonly string _cluster;

    internal TiupProfile(string home, string clusterName)
    {
        Home = home;
        _cluster = Path.Combine(home, "storage", "dm", "clusters", clusterName);
    }

    public string Home { get; }

    public string MetaYaml => File.ReadAllText(PathOf("meta.yaml"));

    /// <summary>How many nodes meta.yaml calls patched.</summary>
    public int PatchedNodes => MetaYaml.Split('\n').Count(line => line.Trim() == "patched: true");

    /// <summary>A path in the directory of the cluster.</summary>
    public string PathOf(string relative) => Path.Combine(_cluster, relative);

    internal void Write(string metaYaml, string privateKey, ClusterCertificates? certificates)
    {
        var ssh = Directory.CreateDirectory(PathOf("ssh")).FullName;
        File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Copy(privateKey, Path.Combine(ssh, "id_rsa"));
        File.Copy(privateKey + ".pub", Path.Combine(ssh, "id_rsa.pub"));
        File.WriteAllText(PathOf("meta.yaml"), metaYaml);
        if (certificates is not null)
        {
            Directory.CreateDirectory(PathOf("tls"));
            File.WriteAllText(PathOf("tls/ca.crt"), certificates.Authority.Certificate);
            File.WriteAllText(PathOf("tls/ca.pem"), certificates.Authority.PrivateKey);
            File.WriteAllText(PathOf("tls/client.crt"), certificates.Client.Certificate);
            File.WriteAllText(PathOf("tls/client.pem"), certificates.Client.PrivateKey);
        }
    }
}
