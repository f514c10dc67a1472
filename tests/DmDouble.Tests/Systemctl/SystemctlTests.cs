using System.Diagnostics;
using System.Globalization;
using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Systemctl;

public sealed class SystemctlTests : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_directory["units"]);
        Directory.CreateDirectory(_directory["tools"]);
        File.Copy(DoubleBuild.Executable, _directory["tools/systemctl"]);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync(["stop", .. Directory.EnumerateFiles(_directory["units"], "*.service").Select(f => Path.GetFileName(f))]);
        _directory.Dispose();
    }

    [Fact]
    public async Task A_started_unit_is_active_and_shows_what_systemd_shows()
    {
        Write("a", "exec sleep 1000");

        Assert.Equal((0, "", ""), await RunAsync("--user", "start", "a.service"));

        var shown = await ShowAsync("a", "LoadState,ActiveState,SubState,Result,MainPID,NRestarts,ExecMainStatus,ExecMainCode,TimeoutStopUSec,NeedDaemonReload,InvocationID,FragmentPath");
        var pid = int.Parse(shown["MainPID"], CultureInfo.InvariantCulture);
        Assert.Equal("sleep\01000\0", await File.ReadAllTextAsync($"/proc/{pid}/cmdline", TestContext.Current.CancellationToken));
        Assert.Matches("^[0-9a-f]{32}$", shown["InvocationID"]);
        shown.Remove("MainPID");
        shown.Remove("InvocationID");
        // In systemd's order, whatever was asked for first.
        Assert.Equal(
            ["TimeoutStopUSec=1min 30s", "Result=success", "NRestarts=0", "ExecMainCode=0", "ExecMainStatus=0", "LoadState=loaded", "ActiveState=active", "SubState=running",
                $"FragmentPath={_directory["units/a.service"]}", "NeedDaemonReload=no"],
            shown.Select(p => $"{p.Key}={p.Value}"));
        Assert.Equal((0, "active\n", ""), await RunAsync("is-active", "a"));
    }

    [Fact]
    public async Task A_stop_is_a_sigterm_and_leaves_nothing()
    {
        Write("a", "trap 'echo bye > " + _directory["bye"] + "; exit 0' TERM; while :; do sleep 0.05; done");
        await RunAsync("start", "a");
        var pid = (await ShowAsync("a", "MainPID"))["MainPID"];

        Assert.Equal((0, "", ""), await RunAsync("stop", "a"));

        Assert.True(File.Exists(_directory["bye"]));
        Assert.False(Directory.Exists("/proc/" + pid));
        var shown = await ShowAsync("a", "ActiveState,SubState,Result,MainPID");
        Assert.Equal(["MainPID=0", "Result=success", "ActiveState=inactive", "SubState=dead"], shown.Select(p => $"{p.Key}={p.Value}"));
        Assert.Equal((3, "inactive\n", ""), await RunAsync("is-active", "a"));
    }

    [Fact]
    public async Task What_does_not_stop_in_time_is_killed_and_the_unit_has_failed()
    {
        Write("a", "trap '' TERM; while :; do sleep 0.05; done", "TimeoutStopSec=300ms");
        await RunAsync("start", "a");

        await RunAsync("stop", "a");

        var shown = await ShowAsync("a", "ActiveState,Result,ExecMainCode,ExecMainStatus,TimeoutStopUSec");
        Assert.Equal(["TimeoutStopUSec=300ms", "Result=timeout", "ExecMainCode=2", "ExecMainStatus=9", "ActiveState=failed"], shown.Select(p => $"{p.Key}={p.Value}"));
        Assert.Equal((0, "failed\n", ""), await RunAsync("is-failed", "a"));
        await RunAsync("reset-failed", "a");
        Assert.Equal((3, "inactive\n", ""), await RunAsync("is-active", "a"));
    }

    [Fact]
    public async Task A_process_that_ends_is_started_again()
    {
        Write("a", $"[ -e {_directory["well"]} ] && exec sleep 1000; exit 2", "RestartSec=1s");
        await RunAsync("start", "a");
        Assert.Equal(["Result=exit-code", "ExecMainCode=1", "ExecMainStatus=2"], (await ShowUntilAsync("a", "SubState", "auto-restart", "Result,ExecMainCode,ExecMainStatus")).Select(p => $"{p.Key}={p.Value}"));

        await File.WriteAllTextAsync(_directory["well"], "", TestContext.Current.CancellationToken);

        await Until.TrueAsync(async () => (await ShowAsync("a", "SubState,MainPID")) is var s && s["SubState"] == "running" && File.ReadAllText($"/proc/{s["MainPID"]}/comm") == "sleep\n", "it running");
        Assert.Matches("[12]", (await ShowAsync("a", "NRestarts"))["NRestarts"]);
    }

    [Fact]
    public async Task A_process_that_ends_again_and_again_is_given_up()
    {
        Write("a", "exit 2", "RestartSec=10ms");
        await RunAsync("start", "a");

        Assert.Equal(["Result=exit-code", "NRestarts=5"], (await ShowUntilAsync("a", "ActiveState", "failed", "Result,NRestarts")).Select(p => $"{p.Key}={p.Value}"));
    }

    [Fact]
    public async Task A_stop_ends_the_wait_for_the_next_restart()
    {
        Write("a", "exit 1", "RestartSec=1000s");
        await RunAsync("start", "a");
        await Until.TrueAsync(async () => (await ShowAsync("a", "SubState"))["SubState"] == "auto-restart", "the wait for a restart");
        Assert.Equal((3, "activating\n", ""), await RunAsync("is-active", "a"));

        Assert.Equal(0, (await RunAsync("stop", "a")).Code);

        Assert.Equal("inactive", (await ShowAsync("a", "ActiveState"))["ActiveState"]);
    }

    [Fact]
    public async Task A_restart_is_a_new_process_and_a_new_invocation()
    {
        Write("a", "exec sleep 1000");
        await RunAsync("start", "a");
        var before = await ShowAsync("a", "MainPID,InvocationID");

        Assert.Equal((0, "", ""), await RunAsync("restart", "a"));

        var after = await ShowAsync("a", "MainPID,InvocationID");
        Assert.NotEqual(before["MainPID"], after["MainPID"]);
        Assert.NotEqual(before["InvocationID"], after["InvocationID"]);
        Assert.False(Directory.Exists("/proc/" + before["MainPID"]));
    }

    [Fact]
    public async Task A_second_start_does_nothing()
    {
        Write("a", "exec sleep 1000");
        await RunAsync("start", "a");
        var before = await ShowAsync("a", "MainPID");

        Assert.Equal(0, (await RunAsync("start", "a")).Code);

        Assert.Equal(before, await ShowAsync("a", "MainPID"));
    }

    [Fact]
    public async Task When_the_supervisor_dies_its_process_dies_with_it()
    {
        Write("a", "exec sleep 1000");
        await RunAsync("start", "a");
        var pid = int.Parse((await ShowAsync("a", "MainPID"))["MainPID"], CultureInfo.InvariantCulture);
        var parent = (await File.ReadAllLinesAsync($"/proc/{pid}/status", TestContext.Current.CancellationToken)).Single(l => l.StartsWith("PPid:", StringComparison.Ordinal))[5..].Trim();
        using var supervisor = Process.GetProcessById(int.Parse(parent, CultureInfo.InvariantCulture));
        Assert.Contains("--dm-double-supervise\0a.service", await File.ReadAllTextAsync($"/proc/{parent}/cmdline", TestContext.Current.CancellationToken), StringComparison.Ordinal);

        supervisor.Kill();

        await Until.TrueAsync(() => !Directory.Exists($"/proc/{pid}") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal), "the end of its process");
        Assert.Equal("failed", (await ShowAsync("a", "ActiveState"))["ActiveState"]);
        Assert.Equal(0, (await RunAsync("start", "a")).Code);
        Assert.Equal("active", (await ShowAsync("a", "ActiveState"))["ActiveState"]);
    }

    [Fact]
    public async Task A_start_holds_nobodys_pipe_open()
    {
        Write("a", "exec sleep 1000");

        // Reads its output to the end: would hang if the unit had inherited it.
        var shell = await Run.AsyncOf("/bin/bash", ["-c", "systemctl --user start a | cat; echo done"], environment: Environment());

        Assert.Equal((0, "done\n", ""), shell);
    }

    [Fact]
    public async Task An_unknown_unit_is_told_as_systemd_tells_it()
    {
        Assert.Equal((5, "", "Failed to start none.service: Unit none.service not found.\n"), await RunAsync("start", "none"));
        Assert.Equal((5, "", "Failed to restart none.service: Unit none.service not found.\n"), await RunAsync("restart", "none.service"));
        Assert.Equal((5, "", "Failed to stop none.service: Unit none.service not loaded.\n"), await RunAsync("stop", "none"));
        Assert.Equal((0, "LoadState=not-found\nActiveState=inactive\n", ""), await RunAsync("show", "-p", "ActiveState", "-p", "LoadState", "--", "none"));
        Assert.Equal((0, "0\n", ""), await RunAsync("show", "--value", "--property=MainPID", "none"));
        Assert.Equal((3, "inactive\n", ""), await RunAsync("is-active", "none"));
        Assert.Equal((1, "", "Failed to get unit file state for none.service: No such file or directory\n"), await RunAsync("is-enabled", "none"));
        Assert.Equal((4, "", "Unit none.service could not be found.\n"), await RunAsync("status", "none"));
        Assert.Equal((1, "", "Failed to enable unit: Unit file none.service does not exist.\n"), await RunAsync("enable", "none"));
    }

    [Fact]
    public async Task A_changed_unit_file_counts_after_a_daemon_reload()
    {
        Write("a", "exec sleep 1000");
        await RunAsync("start", "a");

        Write("a", "exec sleep 1000", "TimeoutStopSec=30s");
        Assert.Equal(["TimeoutStopUSec=1min 30s", "NeedDaemonReload=yes"], (await ShowAsync("a", "TimeoutStopUSec,NeedDaemonReload")).Select(p => $"{p.Key}={p.Value}"));

        Assert.Equal((0, "", ""), await RunAsync("--user", "daemon-reload"));
        Assert.Equal(["TimeoutStopUSec=30s", "NeedDaemonReload=no"], (await ShowAsync("a", "TimeoutStopUSec,NeedDaemonReload")).Select(p => $"{p.Key}={p.Value}"));
    }

    [Fact]
    public async Task Enabling_makes_a_link()
    {
        Write("a", "exec sleep 1000");
        Assert.Equal((1, "disabled\n", ""), await RunAsync("is-enabled", "a"));

        var link = _directory["units/multi-user.target.wants/a.service"];
        Assert.Equal((0, "", $"Created symlink {link} → {_directory["units/a.service"]}.\n"), await RunAsync("enable", "a"));
        Assert.Equal((0, "enabled\n", ""), await RunAsync("is-enabled", "a"));

        Assert.Equal((0, "", $"Removed {link}.\n"), await RunAsync("disable", "a"));
        Assert.Equal((1, "disabled\n", ""), await RunAsync("is-enabled", "a"));
    }

    [Fact]
    public async Task Unknown_words_are_refused()
    {
        Assert.Equal((1, "", "Unknown command verb begin.\n"), await RunAsync("begin", "a"));
        Assert.Equal((1, "", "systemctl: unrecognized option '--colour'\n"), await RunAsync("--colour", "start", "a"));
        Assert.Equal((1, "", "Too few arguments.\n"), await RunAsync("start"));
    }

    private void Write(string unit, string script, string more = "")
    {
        File.WriteAllText(_directory[$"{unit}.sh"], script);
        File.WriteAllText(_directory[$"units/{unit}.service"], $"[Service]\nExecStart=/bin/bash -c '/bin/bash {_directory[$"{unit}.sh"]}'\nRestart=always\n{(more.Contains("RestartSec", StringComparison.Ordinal) ? "" : "RestartSec=15s\n")}{more}\n");
    }

    private async Task<Dictionary<string, string>> ShowAsync(string unit, string properties)
    {
        var (code, output, error) = await RunAsync("--user", "--no-pager", "show", "-p", properties, unit);
        Assert.Equal((0, ""), (code, error));
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
    }

    private async Task<Dictionary<string, string>> ShowUntilAsync(string unit, string property, string value, string properties)
    {
        Dictionary<string, string> shown = [];
        await Until.TrueAsync(async () => (shown = await ShowAsync(unit, property + "," + properties))[property] == value, $"{property}={value}");
        shown.Remove(property);
        return shown;
    }

    private Dictionary<string, string> Environment() => new()
    {
        ["DM_DOUBLE_UNITS"] = _directory["units"],
        ["PATH"] = _directory["tools"] + ":" + System.Environment.GetEnvironmentVariable("PATH"),
    };

    private Task<(int Code, string Output, string Error)> RunAsync(params IEnumerable<string> arguments) =>
        Run.AsyncOf(_directory["tools/systemctl"], arguments, environment: Environment());
}
