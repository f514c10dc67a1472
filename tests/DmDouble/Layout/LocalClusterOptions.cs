namespace DmDouble;

/// <summary>What a cluster on this machine looks like.</summary>
public sealed record LocalClusterOptions
{
    public string Name { get; init; } = "dm-test";

    public string Version { get; init; } = "v8.5.0";

    public int Masters { get; init; } = 3;

    public int Workers { get; init; } = 3;

    /// <summary>Each node with an address of its own, 127.0.0.11 and on; otherwise all on 127.0.0.1.</summary>
    public bool ManyHosts { get; init; }

    public Knobs Knobs { get; init; } = new() { ElectionTtlMs = 3_000, KeepaliveTtlMs = 3_000, GracefulStopMs = 200 };

    /// <summary>With certificates, as TiUP deploys with <c>enable_tls</c>.</summary>
    public bool Tls { get; init; }

    public IReadOnlyList<SeedSource> Sources { get; init; } = [new("mysql-01", [new("task-1")]), new("mysql-02", [new("task-1")])];

    /// <summary>Which build a component is deployed with.</summary>
    public BuildStamp Build { get; init; } = new("v8.5.0", "1111111111111111111111111111111111111111", "HEAD", "2026-10-01 08:00:00");
}
