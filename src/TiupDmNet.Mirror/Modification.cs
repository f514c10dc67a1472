namespace TiupDmNet.Mirror;

/// <summary>What is to be said of a component from now on. Null leaves it as it is.</summary>
public sealed record Modification
{
    /// <summary>Id of the component: "dm-worker".</summary>
    public required string Component { get; init; }

    public string? Description { get; init; }

    /// <summary>Id of the owner that it is given to, whose keys sign for it from then on. Not through a tiup-server.</summary>
    public string? Owner { get; init; }

    /// <summary>It is left out of lists.</summary>
    public bool? Hidden { get; init; }

    /// <summary>It runs by itself.</summary>
    public bool? Standalone { get; init; }

    /// <summary>It is withdrawn as a whole.</summary>
    public bool? Yanked { get; init; }

    /// <summary>What the index says of the component, under TiUP's names for it. (pingcap/tiup pkg/repository/v1manifest/types.go:128)</summary>
    internal IReadOnlyDictionary<string, bool> Flags => new (string Name, bool? Value)[] { ("yanked", Yanked), ("standalone", Standalone), ("hidden", Hidden) }
        .Where(flag => flag.Value is not null)
        .ToDictionary(flag => flag.Name, flag => flag.Value!.Value, StringComparer.Ordinal);
}
