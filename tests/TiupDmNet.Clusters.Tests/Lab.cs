using System.Text;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.Storage;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Clusters.Tests;

/// <summary>A TIUP_HOME of its own, with a clock that stands still until it is told otherwise.</summary>
internal sealed class Lab : IDisposable
{
    private readonly TempDirectory _directory = new();

    public Lab() => Home = TiupHome.Resolve(name => name == "TIUP_HOME" ? _directory.Path : null);

    public TiupHome Home { get; }

    public Clock Time { get; } = new();

    public ClusterStore Store => new(Home, Time);

    public string this[string relative] => _directory[relative];

    public string DirectoryOf(string cluster) => Path.Combine(Home.ClustersDirectory, cluster);

    public string MetaOf(string cluster) => Path.Combine(DirectoryOf(cluster), "meta.yaml");

    public Cluster Deploy(string name, string meta)
    {
        Directory.CreateDirectory(DirectoryOf(name));
        File.WriteAllText(MetaOf(name), meta);
        return Store.Open(name);
    }

    public static ClusterTopology Parse(string meta) =>
        MetaReader.Parse("/m/meta.yaml", Encoding.UTF8.GetBytes(meta)).Topology;

    public void Dispose() => _directory.Dispose();
}

internal sealed class Clock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 4, 10, 10, 11, 12, TimeSpan.FromHours(8));

    /// <summary>Runs each time somebody asks for the time.</summary>
    public Action OnAsked { get; set; } = () => { };

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.CreateCustomTimeZone("test", Now.Offset, "test", "test");

    public override DateTimeOffset GetUtcNow()
    {
        OnAsked();
        return Now.ToUniversalTime();
    }
}
