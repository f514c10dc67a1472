using TiupDmNet.DataMigration;

namespace TiupDmNet.Rollout;

/// <summary>How often DM may be asked for its whole picture.</summary>
internal static class Pace
{
    /// <summary>
    /// A master answers for each source by asking its worker, at most ten times a second, a budget it shares with the
    /// operator's dmctl (pingcap/tiflow dm/master/config.go:40).
    /// </summary>
    public static TimeSpan Between(DmSnapshot seen) => TimeSpan.FromSeconds(Math.Max(0.5, seen.Sources.Count / 10.0));
}
