namespace TiupDmNet.Clusters.Topology;

/// <summary>Limits for a systemd unit, as written; "" where there is none (pingcap/tiup pkg/meta/resource_ctrl.go).</summary>
public sealed record ResourceControl
{
    public string MemoryLimit { get; init; } = "";

    public string CpuQuota { get; init; } = "";

    public string IoReadBandwidthMax { get; init; } = "";

    public string IoWriteBandwidthMax { get; init; } = "";

    public string LimitCore { get; init; } = "";

    public string TimeoutStopSec { get; init; } = "";

    public string TimeoutStartSec { get; init; } = "";

    /// <summary>These limits, and those of <paramref name="wider"/> where there is none here (pingcap/tiup pkg/cluster/spec/instance.go:515).</summary>
    public ResourceControl Over(ResourceControl wider) => new()
    {
        MemoryLimit = Or(MemoryLimit, wider.MemoryLimit),
        CpuQuota = Or(CpuQuota, wider.CpuQuota),
        IoReadBandwidthMax = Or(IoReadBandwidthMax, wider.IoReadBandwidthMax),
        IoWriteBandwidthMax = Or(IoWriteBandwidthMax, wider.IoWriteBandwidthMax),
        LimitCore = Or(LimitCore, wider.LimitCore),
        TimeoutStopSec = Or(TimeoutStopSec, wider.TimeoutStopSec),
        TimeoutStartSec = Or(TimeoutStartSec, wider.TimeoutStartSec),
    };

    private static string Or(string written, string otherwise) => written.Length > 0 ? written : otherwise;
}
