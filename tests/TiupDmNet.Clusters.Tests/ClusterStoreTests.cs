namespace TiupDmNet.Clusters.Tests;

public sealed class ClusterStoreTests : IDisposable
{
    private readonly Lab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void Lists_clusters_by_name()
    {
        _lab.Deploy("b", Fixtures.Meta("minimal"));
        _lab.Deploy("a", Fixtures.Meta("ipv6"));
        _lab.Deploy("B", Fixtures.Meta("full"));
        Directory.CreateDirectory(_lab.DirectoryOf("no-meta"));

        var clusters = _lab.Store.List(out var unreadable);

        Assert.Empty(unreadable);
        Assert.Equal(["B", "a", "b"], clusters.Select(cluster => cluster.Name));
        Assert.Equal(
            new ClusterSummary("a", "dm", "v8.5.0", _lab.DirectoryOf("a"), Path.Combine(_lab.DirectoryOf("a"), "ssh", "id_rsa")),
            clusters[1]);
    }

    [Fact]
    public void Lists_nothing_where_there_is_nothing()
    {
        Assert.Empty(_lab.Store.List(out var unreadable));
        Assert.Empty(unreadable);
    }

    [Fact]
    public void Lists_the_others_beside_a_broken_one()
    {
        _lab.Deploy("good", Fixtures.Meta("minimal"));
        _lab.Deploy("broken", Fixtures.Meta("minimal"));
        File.WriteAllText(_lab.MetaOf("broken"), "user: tidb\n dm_version: x: y\n");

        var clusters = _lab.Store.List(out var unreadable);

        Assert.Equal(["good"], clusters.Select(cluster => cluster.Name));
        Assert.StartsWith($"{_lab.MetaOf("broken")} line 2 is not valid YAML (", Assert.Single(unreadable).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_that_there_is_no_such_cluster()
    {
        _lab.Deploy("dm-test", Fixtures.Meta("minimal"));

        Assert.Equal(
            $"dm cluster `other` not exists; `dotnet dm-patch list` shows the clusters in {_lab.Home.ClustersDirectory}",
            Assert.Throws<ClusterException>(() => _lab.Store.Open("other")).Message);
        Assert.Equal(
            $"dm cluster `dm-tset` not exists; `dotnet dm-patch list` shows the clusters in {_lab.Home.ClustersDirectory}; did you mean `dm-test`?",
            Assert.Throws<ClusterException>(() => _lab.Store.Open("dm-tset")).Message);
    }

    [Theory]
    [InlineData("", "Cluster name must not be empty; `dotnet dm-patch list` shows the clusters that there are")]
    [InlineData(".", "Cluster name '.' is invalid: it may only contain letters, digits, `-`, `_` and `.`; `dotnet dm-patch list` shows the clusters that there are")]
    [InlineData("..", "Cluster name '..' is invalid: it may only contain letters, digits, `-`, `_` and `.`; `dotnet dm-patch list` shows the clusters that there are")]
    [InlineData("../x", "Cluster name '../x' is invalid: it may only contain letters, digits, `-`, `_` and `.`; `dotnet dm-patch list` shows the clusters that there are")]
    [InlineData("a b", "Cluster name 'a b' is invalid: it may only contain letters, digits, `-`, `_` and `.`; `dotnet dm-patch list` shows the clusters that there are")]
    [InlineData("a\n", "Cluster name 'a\n' is invalid: it may only contain letters, digits, `-`, `_` and `.`; `dotnet dm-patch list` shows the clusters that there are")]
    [InlineData("clüster", "Cluster name 'clüster' is invalid: it may only contain letters, digits, `-`, `_` and `.`; `dotnet dm-patch list` shows the clusters that there are")]
    public void Refuses_a_name_that_no_cluster_can_have(string name, string message) =>
        Assert.Equal(message, Assert.Throws<ClusterException>(() => _lab.Store.Open(name)).Message);

    [Theory]
    [InlineData("a")]
    [InlineData("A-b_c.1")]
    [InlineData("...")]
    [InlineData("-rf")]
    public void Opens_any_name_that_TiUP_allows(string name) =>
        Assert.Equal(name, _lab.Deploy(name, Fixtures.Meta("minimal")).Name);

    [Fact]
    public void Finds_what_another_cluster_uses_on_the_same_machine()
    {
        var added = _lab.Deploy("new", Fixtures.Meta("minimal")).Topology.Nodes;
        _lab.Deploy("old", Fixtures.Meta("minimal").Replace("host: 172.16.100.21", "host: other-name\n          manage_host: 172.16.100.21", StringComparison.Ordinal)
            .Replace("dm-master-8261", "elsewhere", StringComparison.Ordinal).Replace("port: 8262", "port: 9999", StringComparison.Ordinal));
        _lab.Deploy("broken", Fixtures.Meta("minimal"));
        File.WriteAllText(_lab.MetaOf("broken"), "");

        Assert.Equal(
            [
                "port 8261 of the new node 172.16.100.21:8261 is used on 172.16.100.21 by dm-master other-name:8261 of cluster `old`",
                "port 8291 of the new node 172.16.100.21:8261 is used on 172.16.100.21 by dm-master other-name:8261 of cluster `old`",
                "directory /home/tidb/deploy/dm-worker-8262/data of the new node 172.16.100.21:8262 is used on 172.16.100.21 by dm-worker other-name:9999 of cluster `old`",
                "directory /home/tidb/deploy/dm-worker-8262 of the new node 172.16.100.21:8262 is used on 172.16.100.21 by dm-worker other-name:9999 of cluster `old`",
                "directory /home/tidb/deploy/dm-worker-8262/log of the new node 172.16.100.21:8262 is used on 172.16.100.21 by dm-worker other-name:9999 of cluster `old`",
            ],
            _lab.Store.FindConflicts("new", added));
    }

    [Fact]
    public void Exporters_may_be_shared_by_clusters()
    {
        var prometheus = _lab.Deploy("one", Fixtures.Meta("three-masters")).Topology.Nodes.Single(node => node.Component == "prometheus");
        _lab.Deploy("two", Fixtures.Meta("three-masters").Replace("prometheus-9090", "elsewhere", StringComparison.Ordinal)
            .Replace("port: 9090", "port: 9091", StringComparison.Ordinal).Replace("/dm/log", "/dm/log2", StringComparison.Ordinal));

        Assert.Empty(_lab.Store.FindConflicts("one", [prometheus]));
    }

    [Fact]
    public void Says_that_a_file_cannot_be_read()
    {
        _lab.Deploy("dm-test", Fixtures.Meta("minimal"));
        File.Delete(_lab.MetaOf("dm-test"));

        // Permissions do not stop root; the first page of a process cannot be read by anyone.
        File.CreateSymbolicLink(_lab.MetaOf("dm-test"), "/proc/self/mem");

        var failure = Assert.Throws<ClusterException>(() => _lab.Store.Open("dm-test"));
        Assert.StartsWith($"cannot read {_lab.MetaOf("dm-test")}: ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("; run the command as the user that deployed the cluster", failure.Message, StringComparison.Ordinal);
    }
}
