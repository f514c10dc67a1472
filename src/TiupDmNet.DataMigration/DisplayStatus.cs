namespace TiupDmNet.DataMigration;

/// <summary>The status of one node as <c>display</c> shows it.</summary>
/// <param name="Text">A word of TiUP's: Healthy, Healthy|L, Unhealthy, Free, Bound, Offline, Relay, Down or N/A.</param>
/// <param name="Detail">Why it is not well, which TiUP keeps to itself: refused, timed out, certificate, no leader; "" when it is well.</param>
public sealed record NodeStatus(string Text, string Detail)
{
    public const string Healthy = "Healthy";
    public const string Leads = "Healthy|L";
    public const string Unhealthy = "Unhealthy";
    public const string Down = "Down";
    public const string NotAvailable = "N/A";

    /// <summary>The source that a worker is bound to, or pulls the relay log of; else "".</summary>
    public string Source { get; init; } = "";
}

/// <summary>What <c>display</c> knows about the nodes of a cluster.</summary>
/// <param name="Masters">By name; one for each master asked.</param>
/// <param name="Workers">By name; those that are registered.</param>
/// <param name="OtherWorkers">For any worker that is not in <paramref name="Workers"/>.</param>
public sealed record DisplayStatus(IReadOnlyDictionary<string, NodeStatus> Masters, IReadOnlyDictionary<string, NodeStatus> Workers, NodeStatus OtherWorkers)
{
    public NodeStatus Master(string name) => Masters.TryGetValue(name, out var status) ? status : new NodeStatus(NodeStatus.NotAvailable, "it was not asked");

    public NodeStatus Worker(string name) => Workers.TryGetValue(name, out var status) ? status : OtherWorkers;
}
