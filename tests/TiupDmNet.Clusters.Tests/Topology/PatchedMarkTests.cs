using System.Text;
using TiupDmNet.Clusters.Topology;

namespace TiupDmNet.Clusters.Tests.Topology;

public sealed class PatchedMarkTests
{
    public static TheoryData<string> Fixture => Fixtures.All;

    [Theory]
    [MemberData(nameof(Fixture))]
    public void Sets_the_mark_exactly_as_TiUP_does(string name)
    {
        var meta = Fixtures.Meta(name);

        Assert.Equal(Fixtures.PatchedMeta(name), Mark(meta, FirstOfDm(meta), patched: true));
    }

    [Theory]
    [MemberData(nameof(Fixture))]
    public void Clears_the_mark_exactly_as_TiUP_does(string name)
    {
        var meta = Fixtures.PatchedMeta(name);

        Assert.Equal(Fixtures.Meta(name), Mark(meta, FirstOfDm(meta), patched: false));
    }

    [Theory]
    [MemberData(nameof(Fixture))]
    public void Sets_and_clears_the_mark_in_the_layout_of_yaml_v2(string name)
    {
        string meta = Fixtures.AsYamlV2(Fixtures.Meta(name)), patched = Fixtures.AsYamlV2(Fixtures.PatchedMeta(name));

        Assert.Equal(patched, Mark(meta, FirstOfDm(meta), patched: true));
        Assert.Equal(meta, Mark(patched, FirstOfDm(meta), patched: false));
    }

    [Theory]
    [MemberData(nameof(Fixture))]
    public void Keeps_Windows_line_endings(string name)
    {
        string meta = Crlf(Fixtures.Meta(name)), patched = Crlf(Fixtures.PatchedMeta(name));

        Assert.Equal(patched, Mark(meta, FirstOfDm(meta), patched: true));
        Assert.Equal(meta, Mark(patched, FirstOfDm(meta), patched: false));

        static string Crlf(string text) => text.Replace("\n", "\r\n", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Fixture))]
    public void Marks_every_node_of_every_role_and_takes_all_marks_away_again(string name)
    {
        var meta = Fixtures.Meta(name);
        var all = Lab.Parse(meta).Nodes.Select(node => node.Id).ToArray();

        var marked = Mark(meta, all, patched: true);

        Assert.All(Lab.Parse(marked).Nodes, node => Assert.True(node.Patched));
        Assert.Equal(meta, Mark(marked, all, patched: false));
    }

    [Fact]
    public void Changes_nothing_where_the_mark_is_as_wanted()
    {
        var meta = MetaReader.Parse("/m/meta.yaml", Encoding.UTF8.GetBytes(Fixtures.PatchedMeta("minimal")));

        Assert.Same(meta, PatchedMark.Apply(meta, [meta.Topology.Nodes[0].Id], patched: true));
    }

    [Theory]
    // Where ssh_port is missing, after the key that TiUP writes before it.
    [InlineData("- host: h", "- host: h\n  patched: true")]
    [InlineData("- host: h\n  manage_host: m\n  name: n", "- host: h\n  manage_host: m\n  patched: true\n  name: n")]
    // Without a newline at the end of the file.
    [InlineData("- host: h\n  ssh_port: 22", "- host: h\n  ssh_port: 22\n  patched: true")]
    // Wherever the keys stand.
    [InlineData("- name: n\n  ssh_port: 22\n  host: h", "- name: n\n  ssh_port: 22\n  patched: true\n  host: h")]
    [InlineData("-   host: h\n    ssh_port: 22\n    port: 1", "-   host: h\n    ssh_port: 22\n    patched: true\n    port: 1")]
    [InlineData("-\n      host: h\n      ssh_port: 22", "-\n      host: h\n      ssh_port: 22\n      patched: true")]
    // With comments, blank lines and quotes.
    [InlineData("- host: h # one\n  ssh_port: 22 # two\n  # three\n\n  name: n", "- host: h # one\n  ssh_port: 22 # two\n  patched: true\n  # three\n\n  name: n")]
    [InlineData("- \"host\": 'h'\n  'ssh_port': \"22\"", "- \"host\": 'h'\n  'ssh_port': \"22\"\n  patched: true")]
    // On one line.
    [InlineData("- {host: h}", "- {host: h, patched: true}")]
    [InlineData("- {host: h, ssh_port: 22 , name: n}", "- {host: h, ssh_port: 22, patched: true , name: n}")]
    [InlineData("- { ssh_port: \"22\", host: h }", "- { ssh_port: \"22\", patched: true, host: h }")]
    [InlineData("- {host: h # one\n  }", "- {host: h, patched: true # one\n  }")]
    // After text of several lines.
    [InlineData("- host: >-\n    h\n  config:\n    a: b", "- host: >-\n    h\n  patched: true\n  config:\n    a: b")]
    // Between anchors.
    [InlineData("- &a\n  host: h\n  ssh_port: &p 22", "- &a\n  host: h\n  ssh_port: &p 22\n  patched: true")]
    public void Sets_a_mark_that_can_be_taken_away_without_a_trace(string item, string marked)
    {
        string meta = Meta(item), patched = Meta(marked);

        Assert.Equal(patched, Mark(meta, [Lab.Parse(meta).Nodes[0].Id], patched: true));
        Assert.Equal(meta, Mark(patched, [Lab.Parse(meta).Nodes[0].Id], patched: false));
    }

    [Theory]
    [InlineData("- host: h\n  patched: false\n  name: n", "- host: h\n  patched: true\n  name: n")]
    [InlineData("- host: h\n  patched:\n  name: n", "- host: h\n  patched: true\n  name: n")]
    [InlineData("- host: h\n  patched: ~ # not yet", "- host: h\n  patched: true # not yet")]
    [InlineData("- patched: no\n  host: h", "- patched: true\n  host: h")]
    [InlineData("- {host: h, patched: false}", "- {host: h, patched: true}")]
    public void Turns_a_mark_that_says_no(string item, string marked) =>
        Assert.Equal(Meta(marked), Mark(Meta(item), ["h:8261"], patched: true));

    [Theory]
    [InlineData("- host: h\n  patched: true # by alice", "- host: h\n  patched: false # by alice")]
    [InlineData("- patched: true\n  host: h", "- patched: false\n  host: h")]
    [InlineData("- host: h\n  patched: yes", "- host: h\n  patched: false")]
    [InlineData("- {patched: true, host: h}", "- {patched: false, host: h}")]
    public void Turns_a_mark_off_where_taking_it_away_would_take_more(string item, string cleared) =>
        Assert.Equal(Meta(cleared), Mark(Meta(item), ["h:8261"], patched: false));

    [Theory]
    [InlineData("- <<: {host: h}\n  name: n")]
    [InlineData("- ? host\n  : h\n  ? name\n  : n")]
    public void Refuses_what_it_cannot_edit_safely_and_says_how_to_go_on(string item) => Assert.Equal(
        "/m/meta.yaml line 4: node h:8261 is written in a way that `patched` cannot be set in without touching the rest; add `patched: true` to it with an editor and run the command again",
        Assert.Throws<ClusterException>(() => Mark(Meta(item), ["h:8261"], patched: true)).Message);

    [Fact]
    public void Refuses_a_node_that_is_an_alias_of_another()
    {
        const string meta = "dm_version: v1\ntopology:\n  master_servers:\n  - &a\n    host: h\n  other: *a\n";

        Assert.Throws<ClusterException>(() => Mark(meta.Replace("  other: *a\n", "  worker_servers: [*a]\n", StringComparison.Ordinal), ["h:8261"], patched: true));
    }

    [Fact]
    public void Says_that_a_node_is_gone() => Assert.Equal(
        "/m/meta.yaml has no node h9:8261 any more; another tool took it out, so look at the cluster again with `dotnet dm-patch display`",
        Assert.Throws<ClusterException>(() => Mark(Fixtures.Meta("minimal"), ["h9:8261"], patched: true)).Message);

    [Fact]
    public void Refuses_a_node_that_is_listed_twice() => Assert.Equal(
        "/m/meta.yaml line 5: node h:8261 is listed twice; TiUP and this tool keep earlier versions in /m/backup: compare with the newest one there and put the file right",
        Assert.Throws<ClusterException>(() => Mark(Meta("- host: h\n- host: h"), ["h:8261"], patched: true)).Message);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Everything_else_in_any_file_survives(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            var meta = RandomMeta.Write(random);
            var nodes = Lab.Parse(meta).Nodes;
            var chosen = nodes.Where(_ => random.Next(2) == 0).Select(node => node.Id).ToArray();

            var marked = Mark(meta, chosen, patched: true);

            Assert.Equal(chosen, Lab.Parse(marked).Nodes.Where(node => node.Patched).Select(node => node.Id));
            Assert.Equal(WithoutMarks(meta), WithoutMarks(marked));
            Assert.Equal(meta, Mark(marked, chosen, patched: false));
        }
    }

    private static string[] WithoutMarks(string meta) =>
        [.. meta.Split('\n').Where(line => line.Trim() != "patched: true").Select(line => line.Replace(", patched: true", "", StringComparison.Ordinal))];

    private static string[] FirstOfDm(string meta)
    {
        var nodes = Lab.Parse(meta).Nodes;
        return [nodes.First(node => node.Component == "dm-master").Id, nodes.First(node => node.Component == "dm-worker").Id];
    }

    private static string Meta(string items) =>
        "dm_version: v1\ntopology:\n  master_servers:\n  " + items.Replace("\n", "\n  ", StringComparison.Ordinal).Replace("\n  \n", "\n\n", StringComparison.Ordinal);

    private static string Mark(string meta, string[] nodes, bool patched) =>
        PatchedMark.Apply(MetaReader.Parse("/m/meta.yaml", Encoding.UTF8.GetBytes(meta)), nodes, patched).Text.Text;
}
