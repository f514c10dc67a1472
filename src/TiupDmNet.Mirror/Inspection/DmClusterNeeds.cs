namespace TiupDmNet.Mirror.Inspection;

/// <summary>A component that a mirror must have.</summary>
/// <param name="Version">Null for the newest stable one.</param>
public sealed record Need(string Component, string? Version);

/// <summary>What TiUP takes from a mirror to deploy and scale a DM cluster.</summary>
public static class DmClusterNeeds
{
    /// <summary>
    /// dm-master, dm-worker, dmctl, prometheus and grafana in the cluster's version, alertmanager in the newest stable one.
    /// (pingcap/tiup components/dm/spec/topology_dm.go:661, pkg/cluster/spec/monitoring.go:137, alertmanager.go:103)
    /// </summary>
    /// <param name="version">Of the cluster: "v8.5.0".</param>
    public static IReadOnlyList<Need> Of(string version) =>
    [
        new("dm-master", version), new("dm-worker", version), new("dmctl", version), new("prometheus", version), new("grafana", version), new("alertmanager", null),
    ];
}
