namespace TiupDmNet.Packages.Reading;

/// <summary>What extended headers, GNU's or POSIX's, say about the member that follows them. Names are kept as Latin-1.</summary>
internal sealed class Extension
{
    private Dictionary<string, string>? _records;

    /// <summary>GNU type L.</summary>
    public string? LongName { get; set; }

    /// <summary>GNU type K.</summary>
    public string? LongLink { get; set; }

    public bool IsPending => _records is not null || LongName is not null || LongLink is not null;

    /// <summary>POSIX type x.</summary>
    public void Merge(Dictionary<string, string> more)
    {
        _records ??= new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in more)
        {
            _records[key] = value;
        }
    }

    /// <summary>The member as it is meant; POSIX records win over GNU headers, as in GNU tar.</summary>
    /// <exception cref="FormatException">The message is the end of a sentence that starts with the package's name.</exception>
    public TarBlock Apply(TarBlock header)
    {
        var meant = header with
        {
            Name = Record("path") ?? LongName ?? header.Name,
            LinkTarget = Record("linkpath") ?? LongLink ?? header.LinkTarget,
        };
        if (_records?.Keys.Any(key => key.StartsWith("GNU.sparse.", StringComparison.Ordinal)) == true)
        {
            throw Sparse(Record("GNU.sparse.name") ?? meant.Name);
        }

        if (Record("size") is { } size)
        {
            meant = PaxRecords.TryNumber(System.Text.Encoding.Latin1.GetBytes(size), out var value)
                ? meant with { Size = value }
                : throw new FormatException("is damaged: an extended tar header gives a size that is no number; fetch it again");
        }

        (_records, LongName, LongLink) = (null, null, null);
        return meant;
    }

    public static FormatException Sparse(string path) =>
        new($"holds {Text.Shown(path)} as a sparse file, which not every tar unpacks; pack it again without --sparse");

    private string? Record(string key) => _records?.GetValueOrDefault(key);
}
