using TiupDmNet.Hosts.Tests.Support;

namespace TiupDmNet.Hosts.Tests;

public sealed class SystemdTests : IAsyncLifetime
{
    private const string Unit = "dm-worker-8262.service";

    private const string ShowCall = $"systemctl show -p LoadState,ActiveState,SubState,Result,MainPID,NRestarts,ExecMainStatus,TimeoutStopUSec -- {Unit}";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private FakeSystemd _host = null!;

    public async ValueTask InitializeAsync() => _host = await FakeSystemd.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task To_look_at_a_unit_takes_no_sudo()
    {
        _host.Show("loaded", "active", "running", 4711);
        var status = await new Systemd(_host, SystemdScope.System).ShowAsync(Unit, default);
        Assert.Equal(new UnitStatus("loaded", "active", "running", "success", 4711, 0, 0, TimeSpan.FromSeconds(30)), status);
        Assert.Equal([ShowCall], _host.Calls);
    }

    [Fact]
    public async Task Starts_with_sudo_and_without_reloading_all_unit_files()
    {
        await new Systemd(_host, SystemdScope.System).StartAsync(Unit, Limit, default);
        Assert.Equal([$"systemctl show -p NeedDaemonReload -- {Unit}", $"sudo -n systemctl start {Unit}", $"systemctl start {Unit}"], _host.Calls);
    }

    [Fact]
    public async Task Reloads_unit_files_where_systemd_says_that_they_changed()
    {
        _host.Set("need", "NeedDaemonReload=yes\n");
        await new Systemd(_host, SystemdScope.System).StartAsync(Unit, Limit, default);
        Assert.Equal(["sudo -n systemctl daemon-reload", "systemctl daemon-reload", $"sudo -n systemctl start {Unit}", $"systemctl start {Unit}"], _host.Calls[1..]);
    }

    [Fact]
    public async Task A_start_that_fails_is_told_in_the_words_of_systemd()
    {
        _host.Set("fails", $"Job for {Unit} failed because the control process exited with error code.\nSee \"systemctl status {Unit}\" for details.\n");
        var e = await Assert.ThrowsAsync<HostException>(() => new Systemd(_host, SystemdScope.System).StartAsync(Unit, Limit, default));
        Assert.Equal(HostFailure.Command, e.Failure);
        Assert.Equal(
            $"{Unit} did not start on tidb@10.0.1.21:22 (exit code 5): Job for {Unit} failed because the control process exited with error code.; See \"systemctl status {Unit}\" for details.",
            e.Message);
    }

    [Fact]
    public async Task Stops_and_sees_that_nothing_is_left()
    {
        await new Systemd(_host, SystemdScope.System).StopAsync(Unit, Limit, default);
        Assert.Equal([$"sudo -n systemctl stop {Unit}", $"systemctl stop {Unit}", ShowCall], _host.Calls);
    }

    [Fact]
    public async Task A_unit_that_runs_again_after_its_stop_is_not_stopped()
    {
        _host.Show("loaded", "active", "running", 4712);
        var e = await Assert.ThrowsAsync<HostException>(() => new Systemd(_host, SystemdScope.System).StopAsync(Unit, Limit, default));
        Assert.Equal(HostFailure.Command, e.Failure);
        Assert.Equal(
            $"{Unit} on tidb@10.0.1.21:22 is active (running, process 4712) after it was stopped: something else starts it. Find out what, then run again.",
            e.Message);
    }

    [Fact]
    public async Task A_unit_that_does_not_exist_is_as_good_as_stopped()
    {
        _host.Set("fails", $"Failed to stop {Unit}: Unit {Unit} not loaded.\n");
        _host.Show("not-found", "inactive", "dead", 0);
        await new Systemd(_host, SystemdScope.System).StopAsync(Unit, Limit, default);
    }

    [Fact]
    public async Task A_stop_that_fails_is_told_in_the_words_of_systemd()
    {
        _host.Set("fails", $"Failed to stop {Unit}: Access denied\n");
        var e = await Assert.ThrowsAsync<HostException>(() => new Systemd(_host, SystemdScope.System).StopAsync(Unit, Limit, default));
        Assert.Equal(HostFailure.Command, e.Failure);
        Assert.Equal($"{Unit} did not stop on tidb@10.0.1.21:22 (exit code 5): Failed to stop {Unit}: Access denied", e.Message);
    }

    [Theory]
    [InlineData("sudo: a password is required", "sudo asks for a password")]
    [InlineData("sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper", "sudo asks for a password")]
    [InlineData("sudo: sorry, you must have a tty to run sudo", "sudo wants a terminal (requiretty)")]
    [InlineData("tidb is not in the sudoers file.", "the user is not in the sudoers file")]
    [InlineData("Sorry, user tidb may not run sudo on db21.", "the user may not use sudo")]
    [InlineData("Sorry, user tidb is not allowed to execute '/usr/bin/systemctl stop dm-worker-8262.service' as root on db21.", "sudo does not allow the command")]
    public async Task A_refusal_of_sudo_says_what_would_let_it_through(string refusal, string why)
    {
        _host.Set("refuses", refusal + "\n");
        var systemd = new Systemd(_host, SystemdScope.System);
        foreach (var attempt in (Func<Task>[])[() => systemd.StopAsync(Unit, Limit, default), () => systemd.StartAsync(Unit, Limit, default)])
        {
            var e = await Assert.ThrowsAsync<HostException>(attempt);
            Assert.Equal(HostFailure.Sudo, e.Failure);
            Assert.Equal(
                $"tidb cannot manage services on tidb@10.0.1.21:22: {why} ({refusal}). With visudo -f /etc/sudoers.d/dm-patch put this line there:"
                + $" tidb ALL=(root) NOPASSWD: /usr/bin/systemctl start {Unit}, /usr/bin/systemctl stop {Unit}, /usr/bin/systemctl daemon-reload",
                e.Message);
        }
    }

    [Fact]
    public async Task A_missing_sudo_is_said_so()
    {
        Assert.SkipWhen(File.Exists("/usr/bin/sudo"), "this machine has sudo");
        await _host.RemoveAsync("sudo");
        var e = await Assert.ThrowsAsync<HostException>(() => new Systemd(_host, SystemdScope.System).StartAsync(Unit, Limit, default));
        Assert.Equal(HostFailure.Sudo, e.Failure);
        Assert.StartsWith("tidb cannot manage services on tidb@10.0.1.21:22: sudo is not installed (bash: line ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_of_the_callers_is_checked_in_the_same_way()
    {
        _host.Set("refuses", "sudo: a password is required\n");
        var systemd = new Systemd(_host, SystemdScope.System);
        var result = await _host.RunAsync(new Script($"{systemd.Command} restart a b", "restart", Limit), default);
        var e = Assert.Throws<HostException>(() => systemd.ThrowIfRefused(result, "a", "b"));
        Assert.Equal(HostFailure.Sudo, e.Failure);
        Assert.EndsWith(
            " tidb ALL=(root) NOPASSWD: /usr/bin/systemctl start a, /usr/bin/systemctl stop a, /usr/bin/systemctl start b, /usr/bin/systemctl stop b, /usr/bin/systemctl daemon-reload",
            e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task root_needs_no_sudo()
    {
        await using var rooted = await FakeSystemd.StartAsync("root");
        await new Systemd(rooted, SystemdScope.System).StopAsync(Unit, Limit, default);
        Assert.Equal([$"systemctl stop {Unit}", ShowCall], rooted.Calls);
    }

    [Fact]
    public async Task A_users_units_are_managed_without_sudo()
    {
        _host.Prologue = "set -eu; unset XDG_RUNTIME_DIR";
        var systemd = new Systemd(_host, SystemdScope.User);
        await systemd.StopAsync(Unit, Limit, default);
        await systemd.StartAsync(Unit, Limit, default);
        await systemd.ShowAsync(Unit, default);
        Assert.All(_host.Calls, c => Assert.StartsWith("systemctl --user ", c, StringComparison.Ordinal));
        Assert.Contains(_host.Calls, c => c.StartsWith($"systemctl --user start {Unit}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_runtime_directory_that_is_set_is_kept()
    {
        _host.Prologue = "export XDG_RUNTIME_DIR=/given";
        await new Systemd(_host, SystemdScope.User).StopAsync(Unit, Limit, default);
        Assert.All(_host.Calls, c => Assert.EndsWith(" (XDG_RUNTIME_DIR=/given)", c, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_runtime_directory_that_is_not_set_is_found_where_it_exists()
    {
        _host.Prologue = "unset XDG_RUNTIME_DIR";
        var id = System.Text.Encoding.ASCII.GetString(await Run.ProgramAsync("id", ["-u"], [])).Trim();
        await new Systemd(_host, SystemdScope.User).StopAsync(Unit, Limit, default);
        var expected = Directory.Exists($"/run/user/{id}") ? $" (XDG_RUNTIME_DIR=/run/user/{id})" : "";
        Assert.Equal($"systemctl --user stop {Unit}{expected}", _host.Calls[0]);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_read_is_empty()
    {
        var systemd = new Systemd(_host, SystemdScope.System);
        Assert.Equal("", await systemd.JournalAsync(Unit, 20, default));
        _host.Set("journal", "2026-11-23T03:00:00+0000 db21 dm-worker[1]: panic\n");
        Assert.Equal("2026-11-23T03:00:00+0000 db21 dm-worker[1]: panic\n", await systemd.JournalAsync(Unit, 20, default));
        Assert.Equal($"journalctl -q --no-pager -o short-iso -n 20 -u {Unit}", _host.Calls[^1]);
    }
}
