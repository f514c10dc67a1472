namespace TiupDmNet.Lab.Tests.Clusters;

/// <summary>The shape of a cluster that a test asks for.</summary>
public sealed record ClusterOptions
{
    public string Name { get; init; } = "dm-test";

    public int Masters { get; init; } = 3;

    public int Workers { get; init; } = 3;

    /// <summary>The nodes, masters first, take the hosts in turn: three hosts have a master and a worker each, six one node each.</summary>
    public int Hosts { get; init; } = 3;

    /// <summary>Each with one task, seeded once the cluster is up.</summary>
    public int Sources { get; init; } = 2;

    /// <summary>Put the leader first among the topology's masters, where TiUP would restart it first; else last.</summary>
    public bool LeaderFirst { get; init; }

    public bool Tls { get; init; }

    /// <summary><c>systemd_mode: user</c>: units of the lingering user tidb, no sudo.</summary>
    public bool UserMode { get; init; }

    /// <summary>How long a process takes to end in order.</summary>
    public TimeSpan StopTime { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Size of a disk of its own for everything deployed on a host; null for the disk of the host.</summary>
    public int? DeployDiskMegabytes { get; init; }
}
