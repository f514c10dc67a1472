namespace TiupDmNet.DataMigration.Http;

/// <summary>A process that is asked.</summary>
/// <param name="Title">How sentences call it: <c>dm-master m1 (10.0.1.11:8261)</c>.</param>
/// <param name="Address">host:port, as in a URL.</param>
internal sealed record Peer(string Title, string Address)
{
    public static Peer Of(MasterEndpoint master) => new($"dm-master {master.Name} ({master.Address})", master.Address);

    public static Peer OfWorker(string host, int port) => new($"dm-worker {AddressOf(host, port)}", AddressOf(host, port));

    public static string AddressOf(string host, int port)
    {
        var bare = host.Trim('[', ']');
        return bare.Contains(':', StringComparison.Ordinal) ? $"[{bare}]:{port}" : $"{bare}:{port}";
    }
}
