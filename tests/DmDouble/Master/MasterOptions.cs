using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using DmDouble.Processes;
using DmDouble.State;
using DmDouble.Wire;

namespace DmDouble.Master;

/// <summary>The options of a dm-master (<c>dm/master/config.go</c>).</summary>
internal sealed record MasterOptions(
    string Name,
    string MasterAddr,
    string AdvertiseAddr,
    string PeerUrl,
    string AdvertisePeerUrl,
    string DataDir,
    string? LogFile,
    string InitialCluster,
    string? Join,
    Tls? Tls) : IProcessOptions
{
    public static OptionNames Names { get; } = new(
        "dm-master",
        ["openapi"],
        [
            "config", "master-addr", "advertise-addr", "L", "log-file", "log-format", "name", "data-dir", "initial-cluster", "peer-urls", "advertise-peer-urls",
            "join", "max-txn-ops", "max-request-bytes", "auto-compaction-mode", "auto-compaction-retention", "quota-backend-bytes", "ssl-ca", "ssl-cert", "ssl-key",
            "cert-allowed-cn", "v1-sources-path", "secret-key-path",
        ],
        ["log-level", "log-rotate", "rpc-timeout", "rpc-rate-limit", "rpc-rate-burst", "initial-cluster-state", "experimental.openapi", "redact-info-log"]);

    public string ClientScheme => Tls is null ? "http" : "https";

    /// <exception cref="FormatException">An address cannot be read.</exception>
    public static MasterOptions From(Settings settings)
    {
        var addr = settings.Get("master-addr", ":8261");
        var advertise = settings.Get("advertise-addr", addr);
        var peer = settings.Get("peer-urls", "http://127.0.0.1:8291");
        var advertisePeer = settings.Get("advertise-peer-urls", peer);
        var name = settings.Get("name", "dm-master-" + Environment.MachineName);
        _ = HostPort.Parse(addr);
        _ = HostPort.Parse(peer);
        return new MasterOptions(
            name, addr, advertise, peer, advertisePeer,
            settings.Get("data-dir", "default." + name),
            settings.Get("log-file"),
            settings.Get("initial-cluster", $"{name}={advertisePeer}"),
            settings.Get("join"),
            DmProcess.LoadTls(settings));
    }

    /// <summary>The members that <c>--initial-cluster</c> names. Everyone computes the same ids.</summary>
    public ClusterState InitialState() => new()
    {
        Members = InitialCluster.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(item => item.Split('=', 2))
            .ToImmutableSortedDictionary(pair => pair[0], pair => NewMember(pair[0], pair[^1])),
    };

    public static Member NewMember(string name, string peerUrl) =>
        new(name, BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name + peerUrl))), peerUrl, []);
}
