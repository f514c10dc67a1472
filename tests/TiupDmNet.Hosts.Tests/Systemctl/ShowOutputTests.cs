using TiupDmNet.Hosts.Systemctl;

namespace TiupDmNet.Hosts.Tests.Systemctl;

public sealed class ShowOutputTests
{
    [Fact]
    public void Reads_a_running_unit()
    {
        // systemd 252, in the order in which it prints, which is not the order of asking.
        const string Output = "Result=success\nNRestarts=2\nExecMainStatus=0\nTimeoutStopUSec=1min 30s\nMainPID=4711\nLoadState=loaded\nActiveState=active\nSubState=running\n";
        Assert.Equal(new UnitStatus("loaded", "active", "running", "success", 4711, 2, 0, TimeSpan.FromSeconds(90)), ShowOutput.Parse(Output));
    }

    [Fact]
    public void Reads_a_unit_that_failed()
    {
        var status = ShowOutput.Parse("MainPID=0\nResult=exit-code\nExecMainStatus=203\nLoadState=loaded\nActiveState=failed\nSubState=failed\nTimeoutStopUSec=infinity\n");
        Assert.Equal(new UnitStatus("loaded", "failed", "failed", "exit-code", 0, 0, 203, null), status);
        Assert.True(status is { IsStopped: true, IsActive: false, IsLoaded: true });
    }

    [Fact]
    public void Reads_a_unit_that_does_not_exist()
    {
        var status = ShowOutput.Parse("MainPID=0\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n");
        Assert.Equal(new UnitStatus("not-found", "inactive", "dead", "", 0, 0, 0, null), status);
        Assert.False(status.IsLoaded);
    }

    [Fact]
    public void A_unit_that_waits_for_its_restart_is_not_stopped() =>
        Assert.False(ShowOutput.Parse("MainPID=0\nActiveState=activating\nSubState=auto-restart\n").IsStopped);

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("1min 30s", 90)]
    [InlineData("2h 3min 4s", 7384)]
    [InlineData("1d", 86400)]
    [InlineData("1w 500ms", 604800.5)]
    [InlineData("250us", 0.00025)]
    [InlineData("0", 0)]
    public void Reads_time_spans(string text, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), ShowOutput.ParseTimeSpan(text));

    [Theory]
    [InlineData("infinity")]
    [InlineData("")]
    [InlineData("5 parsecs")]
    [InlineData("-1s")]
    public void What_is_no_time_span_is_none(string text) => Assert.Null(ShowOutput.ParseTimeSpan(text));
}
