using TiupDmNet.Rollout.Events;

namespace TiupDmNet.Rollout.Tests.Events;

public class EventJsonTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 23, 2, 14, 7, 250, TimeSpan.FromHours(8));

    [Fact]
    public void An_event_is_one_object_with_time_name_node_and_its_own_fields() => Assert.Equal(
        """{"time":"2026-11-22T18:14:07.250Z","event":"nodeStopped","node":"10.0.0.1:8262","took":1.5}""",
        EventJson.Write(new NodeStopped(TimeSpan.FromSeconds(1.5)) { At = Time, NodeId = "10.0.0.1:8262" }).ToString(Newtonsoft.Json.Formatting.None));

    [Fact]
    public void The_outcome_is_told_node_by_node() => Assert.Equal(
        """{"time":"2026-11-22T18:14:07.250Z","event":"runFinished","outcome":{"result":"rolledBack","message":"m","nodes":[{"nodeId":"n","result":"old","detail":"d"}]}}""",
        EventJson.Write(new RunFinished(new PatchOutcome(PatchResult.RolledBack, "m", [new NodeOutcome("n", NodeResult.Old, "d")])) { At = Time }).ToString(Newtonsoft.Json.Formatting.None));
}
