namespace TiupDmNet.Mirror.Trust;

/// <summary>
/// The highest versions that were ever believed under one trust anchor. A mirror may not go below them, whatever has expired or was
/// lost from the cache in between.
/// </summary>
internal sealed record SeenVersions(long Root, long Timestamp, IReadOnlyDictionary<string, long> Entries)
{
    public static SeenVersions None { get; } = new(0, 0, new Dictionary<string, long>(StringComparer.Ordinal));

    public long Entry(string url) => Entries.GetValueOrDefault(url);

    /// <summary>True when the other has seen nothing newer.</summary>
    public bool Covers(SeenVersions other) =>
        Root >= other.Root && Timestamp >= other.Timestamp && other.Entries.All(entry => Entry(entry.Key) >= entry.Value);

    /// <summary>The higher of both, entry by entry.</summary>
    public SeenVersions Merge(SeenVersions other)
    {
        var entries = new Dictionary<string, long>(Entries, StringComparer.Ordinal);
        foreach (var (url, version) in other.Entries)
        {
            entries[url] = Math.Max(version, entries.GetValueOrDefault(url));
        }

        return new SeenVersions(Math.Max(Root, other.Root), Math.Max(Timestamp, other.Timestamp), entries);
    }
}
