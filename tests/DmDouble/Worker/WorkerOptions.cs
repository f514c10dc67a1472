using System.Globalization;
using DmDouble.Processes;
using DmDouble.Wire;

namespace DmDouble.Worker;

/// <summary>The options of a dm-worker (<c>dm/worker/config.go</c>).</summary>
/// <param name="KeepaliveTtl">Null where neither flag nor file sets it.</param>
internal sealed record WorkerOptions(
    string Name, string WorkerAddr, string AdvertiseAddr, IReadOnlyList<string> Join, string? LogFile, TimeSpan? KeepaliveTtl, bool RequiresClientCertificate, Tls? Tls) : IProcessOptions
{
    public static OptionNames Names { get; } = new(
        "dm-worker",
        ["redact-info-log"],
        [
            "config", "worker-addr", "advertise-addr", "L", "log-file", "log-format", "join", "name", "keepalive-ttl", "relay-keepalive-ttl", "ssl-ca", "ssl-cert",
            "ssl-key", "cert-allowed-cn",
        ],
        ["log-level", "log-rotate", "relay-dir", "secret-key-path"]);

    /// <exception cref="FormatException">An address or number cannot be read.</exception>
    public static WorkerOptions From(Settings settings)
    {
        var addr = settings.Get("worker-addr", ":8262");
        var advertise = settings.Get("advertise-addr", addr);
        _ = HostPort.Parse(addr);
        return new WorkerOptions(
            settings.Get("name", advertise),
            addr,
            advertise,
            settings.Required("join").Split(',', StringSplitOptions.RemoveEmptyEntries),
            settings.Get("log-file"),
            settings.Get("keepalive-ttl") is { } seconds ? TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)) : null,
            settings.Get("cert-allowed-cn") is not null,
            DmProcess.LoadTls(settings));
    }
}
