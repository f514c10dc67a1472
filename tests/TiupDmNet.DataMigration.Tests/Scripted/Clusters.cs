namespace TiupDmNet.DataMigration.Tests.Scripted;

internal static class Clusters
{
    /// <summary>Long enough for a busy machine, short enough for a test.</summary>
    public static readonly DmLimits Limits = new()
    {
        Connect = TimeSpan.FromSeconds(20),
        Status = TimeSpan.FromSeconds(20),
        Members = TimeSpan.FromSeconds(20),
        Tasks = TimeSpan.FromSeconds(20),
        Sources = TimeSpan.FromSeconds(20),
        Grace = TimeSpan.FromMilliseconds(50),
        Patience = TimeSpan.FromSeconds(20),
    };

    public static DmCluster Of(params ScriptedMaster[] masters) => With(Limits, masters);

    public static DmCluster With(DmLimits limits, params ScriptedMaster[] masters) =>
        new(new DmClusterSettings { Masters = [.. masters.Select(master => master.Endpoint)], Limits = limits }, TimeProvider.System);

    public static async Task<DmException> FailureOf(Task asked) => await Assert.ThrowsAsync<DmException>(() => asked);
}
