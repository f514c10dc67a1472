namespace TiupDmNet.Clusters.Tests.Topology;

public sealed class TopologyConflictsTests
{
    public static TheoryData<string> Fixture => Fixtures.All;

    [Theory]
    [MemberData(nameof(Fixture))]
    public void Finds_none_in_what_TiUP_deployed(string name) => Assert.Empty(Lab.Parse(Fixtures.Meta(name)).FindConflicts());

    [Fact]
    public void Finds_a_port_used_twice_on_one_host() => Assert.Equal(
        [
            "port conflict for '1234' between 'master_servers:172.16.5.138.peer_port,omitempty' and 'worker_servers:172.16.5.138.port,omitempty'",
            "port conflict for '9094' between 'alertmanager_servers:172.16.5.138.cluster_port' and 'monitored:172.16.5.138.blackbox_exporter_port,omitempty'",
        ],
        Lab.Parse(
            """
            dm_version: v1
            topology:
              monitored: {blackbox_exporter_port: 9094}
              master_servers: [{host: 172.16.5.138, peer_port: 1234}]
              worker_servers: [{host: 172.16.5.138, port: 1234}]
              alertmanager_servers: [{host: 172.16.5.138}]
            """).FindConflicts());

    [Fact]
    public void Finds_a_directory_used_twice_on_one_host() => Assert.Equal(
        ["directory conflict for '/d' between 'master_servers:h.data_dir,omitempty' and 'worker_servers:h.deploy_dir,omitempty'"],
        Lab.Parse("dm_version: v1\ntopology: {master_servers: [{host: h, data_dir: /d}], worker_servers: [{host: h, deploy_dir: /d}, {host: g, deploy_dir: /d}]}").FindConflicts());

    [Fact]
    public void Finds_a_host_of_two_platforms() => Assert.Equal(
        ["platform mismatch for 'h' between 'master_servers:linux/amd64' and 'worker_servers:linux/arm64'"],
        Lab.Parse("dm_version: v1\ntopology: {master_servers: [{host: h, os: linux, arch: amd64}], worker_servers: [{host: h, os: linux, arch: aarch64}]}").FindConflicts());

    [Fact]
    public void Finds_a_relative_path_of_this_machine() => Assert.Equal(
        ["relative path is not allowed for field rule_dir: rules"],
        Lab.Parse("dm_version: v1\ntopology: {monitoring_servers: [{host: h, rule_dir: rules}]}").FindConflicts());
}
