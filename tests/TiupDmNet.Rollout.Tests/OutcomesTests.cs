using TiupDmNet.Packages;
using TiupDmNet.Rollout.Planning;
using static TiupDmNet.Rollout.Tests.TestNodes;

namespace TiupDmNet.Rollout.Tests;

/// <summary>The last words of a run are what somebody acts upon.</summary>
public class OutcomesTests
{
    private static readonly PatchRequest Request = new()
    {
        Cluster = "dm-test",
        Package = "my fix.tar.gz",
        CommandLine = ["dotnet", "dm-patch", "dm-test", "'my fix.tar.gz'", "-R", "dm-worker"],
    };

    private static readonly NodeOutcome[] Mixed =
    [
        new("w1:8262", NodeResult.New, ""), new("w2:8262", NodeResult.Broken, ""), new("w3:8262", NodeResult.Old, ""), new("w4:8262", NodeResult.Old, ""),
    ];

    [Fact]
    public void Nothing_to_do_names_the_build() =>
        Assert.Equal("nothing to do: 1 dm-worker node of dm-test already has this build (aaaaaaaaaaaa)", Outcomes.NothingToDo(Plan()).Message);

    [Fact]
    public void Done_names_the_release_and_the_commit() => Assert.Equal(
        "patched 2 dm-worker nodes of dm-test (v8.5.0 0123456789ab)",
        Outcomes.Done(Plan(), new BuildInfo("v8.5.0", "0123456789abcdef", "HEAD", "", ""), Mixed[..2]).Message);

    [Fact]
    public void Done_names_the_hash_of_a_build_that_does_not_say_what_it_is() =>
        Assert.Equal("patched 1 dm-worker node of dm-test (aaaaaaaaaaaa)", Outcomes.Done(Plan(), null, Mixed[..1]).Message);

    [Fact]
    public void Offline_says_that_nothing_is_verified_yet() => Assert.Equal(
        "replaced the files of 1 dm-worker node of dm-test (aaaaaaaaaaaa); the services are stopped and not verified until they start",
        Outcomes.Done(Plan() with { Offline = true }, null, Mixed[..1]).Message);

    [Fact]
    public void An_interrupted_run_says_what_every_node_has_and_how_to_go_on() => Assert.Equal(
        "interrupted. New build: w1:8262. Old build: w3:8262, w4:8262. Broken: w2:8262. To continue: dotnet dm-patch dm-test 'my fix.tar.gz' -R dm-worker",
        Outcomes.Interrupted(Request, Mixed).Message);

    [Fact]
    public void A_failure_after_changes_says_what_every_node_has() => Assert.Equal(
        "it did.\nNew build: w1:8262. When that is mended, continue with: dotnet dm-patch dm-test 'my fix.tar.gz' -R dm-worker",
        Outcomes.Failed(Request, "it did.", Mixed[..1], changed: true).Message);

    [Fact]
    public void A_failure_before_any_change_says_so() => Assert.Equal("it did.\nNo node was changed.", Outcomes.Failed(Request, "it did.", Mixed[2..], changed: false).Message);

    [Fact]
    public void A_roll_back_of_the_first_node_leaves_the_cluster_as_it_was()
    {
        var outcome = Outcomes.RolledBack(Request, "w3:8262", "it ended right after its start", Mixed[2..], changed: false);

        Assert.Equal(PatchResult.RolledBack, outcome.Result);
        Assert.Equal("w3:8262 failed and was rolled back, it is healthy again: it ended right after its start\nNo other node was touched.", outcome.Message);
    }

    [Fact]
    public void A_roll_back_after_other_nodes_were_patched_is_a_failure()
    {
        var outcome = Outcomes.RolledBack(Request, "w3:8262", "it ended right after its start", [Mixed[0], Mixed[2]], changed: true);

        Assert.Equal(PatchResult.Failed, outcome.Result);
        Assert.Equal(
            "w3:8262 failed and has its old files back: it ended right after its start\n" +
            "New build: w1:8262. Old build: w3:8262. When that is mended, continue with: dotnet dm-patch dm-test 'my fix.tar.gz' -R dm-worker",
            outcome.Message);
    }

    private static PatchPlan Plan() => new()
    {
        Cluster = "dm-test",
        ClusterVersion = "v8.5.0",
        Package = Package,
        GivenPackage = "dm-worker.tar.gz",
        Nodes = [new PlannedNode(Worker("w1"), NodeAction.None, null, NewSha, IsLeader: false, [])],
        Offline = false,
        Overwrite = false,
        Warnings = [],
    };
}
