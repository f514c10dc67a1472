using DmDouble.Processes;
using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Processes;

public class KnobsTests
{
    [Fact]
    public void What_the_file_leaves_out_is_as_in_dm()
    {
        using var directory = new TempDirectory();
        File.WriteAllText(directory["double.json"], """{"electionTtlMs": 2000}""");

        var knobs = new KnobFile(directory["double.json"]).Now;

        Assert.Equal((2_000, 60_000, 10_000, 100), (knobs.ElectionTtlMs, knobs.KeepaliveTtlMs, knobs.QuorumStartLimitMs, knobs.SubTaskStopMs));
        Assert.Equal(60_000, new KnobFile(directory["none.json"]).Now.ElectionTtlMs);
    }

    [Fact]
    public async Task A_change_of_the_file_is_seen()
    {
        using var directory = new TempDirectory();
        var file = new KnobFile(directory["double.json"]);
        Assert.False(file.Now.HealthFalse);

        await File.WriteAllBytesAsync(directory["double.json"], KnobsFile.Bytes(new Knobs { HealthFalse = true }), TestContext.Current.CancellationToken);

        await Until.TrueAsync(() => file.Now.HealthFalse, "the new knob");
    }
}
