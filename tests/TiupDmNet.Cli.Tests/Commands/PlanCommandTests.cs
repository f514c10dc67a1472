using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Tests.Support;
using TiupDmNet.Rollout.Planning;

namespace TiupDmNet.Cli.Tests.Commands;

public sealed class PlanCommandTests
{
    private static readonly PatchPlan Plan = TestPlan.Of(
        TestPlan.Node("10.0.1.21:8262", NodeAction.Patch, leader: false, "task-1 on mysql-01 stands still", "task-2 on mysql-01 stands still"),
        TestPlan.Node("10.0.1.22:8262", NodeAction.Patch, leader: true),
        TestPlan.Node("10.0.1.23:8262", NodeAction.None)) with
    { Overwrite = true, Warnings = ["one thing to know"] };

    [Fact]
    public async Task Shows_order_builds_and_what_is_interrupted_on_standard_output()
    {
        using var app = new TestApp { Session = new FakeSession { Plan = Plan } };

        var ran = await app.RunAsync("plan", "dm-test", "p.tar.gz");

        Assert.Equal(
            """
            Cluster:    dm-test (v8.5.0)
            Package:    dm-worker-hotfix-linux-amd64.tar.gz (50.0 MB)
            New build:  dm-worker aaaaaaaaaaaa, amd64
            Mode:       one node at a time, each healthy before the next; later scale-outs will install this package

            #  Node                     Build                                  Action                      Interrupts
            -  ----                     -----                                  ------                      ----------
            1  10.0.1.21:8262           bbbbbbbbbbbb (v8.5.0) -> aaaaaaaaaaaa  restart with the new build  task-1 on mysql-01 stands still
                                                                                                           task-2 on mysql-01 stands still
            2  10.0.1.22:8262 (leader)  bbbbbbbbbbbb (v8.5.0) -> aaaaaaaaaaaa  restart with the new build  nothing
            3  10.0.1.23:8262           bbbbbbbbbbbb (v8.5.0)                  nothing, has the build      -
            Warning: one thing to know

            """,
            ran.Output);
        Assert.Equal((0, "", true, false), (ran.ExitCode, ran.Error, app.Session.WasPlanOnly, app.Session.WasExecuted));
    }

    [Fact]
    public async Task As_JSON_it_is_one_document()
    {
        using var app = new TestApp { Session = new FakeSession { Plan = Plan } };

        var ran = await app.RunAsync("plan", "dm-test", "p.tar.gz", "--format", "json");

        var document = JObject.Parse(ran.Output);
        Assert.Equal("schema", document.Properties().First().Name);
        Assert.Equal(["schema", "cluster", "clusterVersion", "component", "package", "packageSha256", "executableSha256", "architecture", "offline", "overwrite", "nothingToDo", "warnings", "nodes"], document.Properties().Select(property => property.Name));
        var node = (JObject)document["nodes"]![0]!;
        Assert.Equal(["node", "component", "host", "action", "leader", "patched", "beforeSha256", "before", "interrupts"], node.Properties().Select(property => property.Name));
        Assert.Equal(("10.0.1.21:8262", "patch", "v8.5.0"), (node.Value<string>("node")!, node.Value<string>("action")!, node["before"]!.Value<string>("releaseVersion")!));
        Assert.Equal("patchStopped", Name(NodeAction.PatchStopped));
    }

    [Fact]
    public async Task A_plan_leaves_no_audit()
    {
        using var app = new TestApp { Session = new FakeSession { Plan = Plan } };
        app.AddCluster();

        await app.RunAsync("plan", "dm-test", "p.tar.gz");

        Assert.False(Directory.Exists(app.AuditDirectory));
    }

    private static string Name(NodeAction action) =>
        Cli.Output.PlanJson.Of(TestPlan.Of(TestPlan.Node("a:1", action)))["nodes"]![0]!.Value<string>("action")!;
}
