using System.Globalization;
using DmDouble;
using TiupDmNet.Lab.Tests.Hosts;

namespace TiupDmNet.Lab.Tests.Clusters;

/// <summary>One dm-master or dm-worker on a host of the lab, as systemd and the disk know it.</summary>
public sealed class LabNode(LabHost host, string component, int port, bool userMode)
{
    public const string Master = "dm-master";
    public const string Worker = "dm-worker";

    public static readonly IReadOnlyList<string> Components = [Master, Worker];

    private readonly string _systemctl = userMode
        ? "sudo -u tidb XDG_RUNTIME_DIR=/run/user/1000 systemctl --user"
        : "systemctl";

    public LabHost Host => host;

    /// <summary>dm-master or dm-worker.</summary>
    public string Component => component;

    public int Port => port;

    /// <summary>Of a dm-master.</summary>
    public int PeerPort => port + 30;

    /// <summary>The node as TiUP's templates need it.</summary>
    public LayoutNode Layout => new(component, host.Address, port, PeerPort, DeployDirectory);

    /// <summary>host:port, as DM and TiUP name the node.</summary>
    public string Id => $"{host.Address}:{port}";

    public string Name => $"dm-{host.Address}-{port}";

    public string DeployDirectory => $"/home/tidb/dm/deploy/{component}-{port}";

    public string Unit => $"{component}-{port}.service";

    public string Binary => $"{DeployDirectory}/bin/{component}/{component}";

    public override string ToString() => $"{component} {Id}";

    /// <summary>active, inactive, failed, activating…</summary>
    public async Task<string> UnitStateAsync(CancellationToken cancellationToken) => await PropertyAsync("ActiveState", cancellationToken);

    /// <summary>When the running process was started, on the clock that all hosts of the lab share; null when there is none.</summary>
    public async Task<TimeSpan?> StartedAtAsync(CancellationToken cancellationToken)
    {
        var microseconds = long.Parse(await PropertyAsync("ExecMainStartTimestampMonotonic", cancellationToken), CultureInfo.InvariantCulture);
        return microseconds == 0 ? null : TimeSpan.FromMicroseconds(microseconds);
    }

    public Task StartAsync(CancellationToken cancellationToken) => SystemctlAsync("start", cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => SystemctlAsync("stop", cancellationToken);

    public Task RestartAsync(CancellationToken cancellationToken) => SystemctlAsync("restart", cancellationToken);

    /// <summary>sha256 of the installed binary, lower-case hex.</summary>
    public async Task<string> InstalledHashAsync(CancellationToken cancellationToken) =>
        (await host.ExecAsync($"sha256sum {Binary}", cancellationToken)).Split(' ')[0];

    /// <summary>sha256 of what the running process was started from, lower-case hex.</summary>
    public async Task<string> RunningHashAsync(CancellationToken cancellationToken) =>
        (await host.ExecAsync($"sha256sum /proc/{await PropertyAsync("MainPID", cancellationToken)}/exe", cancellationToken)).Split(' ')[0];

    /// <summary>What the installed binary answers to -V.</summary>
    public Task<string> VersionAsync(CancellationToken cancellationToken) =>
        host.ExecAsync($"sudo -u tidb {Binary} -V", cancellationToken);

    public async Task<bool> HasFileAsync(string path, CancellationToken cancellationToken) =>
        (await host.TryAsync($"test -e {path}", cancellationToken)).ExitCode == 0;

    private async Task<string> PropertyAsync(string property, CancellationToken cancellationToken) =>
        (await host.ExecAsync($"{_systemctl} show --value -p {property} {Unit}", cancellationToken)).Trim();

    private Task SystemctlAsync(string verb, CancellationToken cancellationToken) =>
        host.ExecAsync($"{_systemctl} {verb} {Unit}", cancellationToken);
}
