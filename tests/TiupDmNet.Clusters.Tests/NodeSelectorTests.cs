namespace TiupDmNet.Clusters.Tests;

public sealed class NodeSelectorTests
{
    private static readonly TiupDmNet.Clusters.Topology.ClusterTopology Cluster = Lab.Parse(Fixtures.Meta("three-masters"));

    private static string[] Select(string[] nodes, string[] roles) => [.. NodeSelector.Select(Cluster, nodes, roles).Select(node => node.Id)];

    [Fact]
    public void Nothing_asked_for_means_all_in_start_order()
    {
        var all = NodeSelector.Select(Cluster, [], []);

        Assert.Equal(10, all.Count);
        Assert.Equal(["dm-master", "dm-worker", "prometheus", "grafana", "alertmanager"], all.Select(node => node.Component).Distinct());
    }

    [Fact]
    public void Roles_select_in_start_order_whatever_the_order_of_asking() => Assert.Equal(
        ["10.0.1.11:8261", "10.0.1.12:18261", "10.0.1.13:8261", "10.0.1.11:3000"],
        Select([], ["grafana", "dm-master"]));

    [Fact]
    public void Nodes_select_in_the_order_of_meta_and_once() =>
        Assert.Equal(["10.0.1.12:8262", "10.0.1.14:8263"], Select(["10.0.1.14:8263", "10.0.1.12:8262", "10.0.1.14:8263"], []));

    [Fact]
    public void Nodes_and_roles_intersect() =>
        Assert.Equal(["10.0.1.11:8262"], Select(["10.0.1.11:8261", "10.0.1.11:8262"], ["dm-worker"]));

    [Fact]
    public void Says_in_TiUPs_words_that_nothing_is_left() => Assert.Equal(
        "no instance found on specified role([dm-worker grafana]) and nodes([10.0.1.11:8261 10.0.1.13:8261])",
        Assert.Throws<NodeSelectionException>(() => Select(["10.0.1.11:8261", "10.0.1.13:8261"], ["dm-worker", "grafana"])).Message);

    [Theory]
    [InlineData("dm-wroker", "not valid role: dm-wroker, should be one of: [dm-master dm-worker prometheus grafana alertmanager]; did you mean `dm-worker`?")]
    [InlineData("master", "not valid role: master, should be one of: [dm-master dm-worker prometheus grafana alertmanager]; did you mean `dm-master`?")]
    [InlineData("tikv", "not valid role: tikv, should be one of: [dm-master dm-worker prometheus grafana alertmanager]")]
    [InlineData("", "not valid role: , should be one of: [dm-master dm-worker prometheus grafana alertmanager]")]
    public void Refuses_a_role_that_does_not_exist(string role, string message) =>
        Assert.Equal(message, Assert.Throws<NodeSelectionException>(() => Select([], [role])).Message);

    [Theory]
    [InlineData("10.0.1.13:8262", "; did you mean `10.0.1.13:8261`?")]
    [InlineData("10.0.1.13", "; did you mean `10.0.1.13:8261`?")]
    [InlineData("172.16.0.1:1", "")]
    public void Refuses_a_node_that_does_not_exist_and_lists_those_that_do(string node, string hint) => Assert.Equal(
        $"cannot find node id '{node}' in topology, should be one of: [10.0.1.11:8261 10.0.1.12:18261 10.0.1.13:8261 10.0.1.11:8262 10.0.1.12:8262 10.0.1.14:8262 "
        + $"10.0.1.14:8263 10.0.1.11:9090 10.0.1.11:3000 10.0.1.11:19093]{hint}",
        Assert.Throws<NodeSelectionException>(() => Select([node], [])).Message);

    [Fact]
    public void Asks_for_the_brackets_of_an_IPv6_address() => Assert.Equal(
        "cannot find node id 'fd00::12:8262' in topology, should be one of: [[fd00::11]:8261 [fd00::12]:8262]; did you mean `[fd00::12]:8262`?",
        Assert.Throws<NodeSelectionException>(() => NodeSelector.Select(Lab.Parse(Fixtures.Meta("ipv6")), ["fd00::12:8262"], [])).Message);
}
