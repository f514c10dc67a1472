using System.Diagnostics;
using TiupDmNet.Lab.Tests.Hosts;

namespace TiupDmNet.Lab.Tests;

/// <summary>The lab keeps what it promises; else every other test here would prove nothing.</summary>
public sealed class HostTests(HostLab lab)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_has_systemd_as_its_first_process_and_all_units_of_the_boot_are_up()
    {
        await using var group = await lab.BootAsync(1, Cancellation);

        Assert.Equal("systemd\nrunning\n", await group.Hosts[0].ExecAsync("ps -o comm= -p 1; systemctl is-system-running", Cancellation));
    }

    [Fact]
    public async Task The_user_tidb_logs_in_with_the_key_and_may_use_sudo()
    {
        await using var group = await lab.BootAsync(1, Cancellation);

        var result = await SshAsync(group.Hosts[0], "id -un && sudo -n id -un");

        Assert.Equal((0, "tidb\nroot\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task Programs_of_this_runtime_run_on_a_host()
    {
        await using var group = await lab.BootAsync(1, Cancellation);

        var runtimes = await group.Hosts[0].ExecAsync("/usr/share/dotnet/dotnet --list-runtimes", Cancellation);

        Assert.Contains($"Microsoft.NETCore.App {Environment.Version} ", runtimes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_cut_off_is_silent_until_the_cable_is_back()
    {
        await using var group = await lab.BootAsync(1, Cancellation);
        var host = group.Hosts[0];

        await host.CutAsync(Cancellation);
        var cut = await SshAsync(host, "true");
        await host.HealAsync(Cancellation);

        Assert.Equal(255, cut.ExitCode);
        await Eventually.IsTrueAsync("ssh gets through again", async () => (await SshAsync(host, "true")).ExitCode == 0, Cancellation);
    }

    [Fact]
    public async Task A_host_that_lost_power_boots_again_with_the_disk_that_it_had()
    {
        await using var group = await lab.BootAsync(1, Cancellation);
        var host = group.Hosts[0];
        await host.ExecAsync("echo kept >/home/tidb/file", Cancellation);

        await host.KillAsync(Cancellation);
        await host.BootAsync(Cancellation);

        Assert.Equal("kept\n", await host.ExecAsync("cat /home/tidb/file", Cancellation));
    }

    [Fact]
    public async Task A_full_disk_takes_no_more()
    {
        await using var group = await lab.BootAsync(1, Cancellation);
        var host = group.Hosts[0];
        await host.MountSmallDiskAsync("/small", 8, Cancellation);

        await host.FillDiskAsync("/small", 64, Cancellation);
        var written = await host.TryAsync("head -c 1M /dev/zero >/small/file", Cancellation);

        Assert.Contains("No space left on device", written.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_reach_each_other()
    {
        await using var group = await lab.BootAsync(2, Cancellation);

        var banner = await group.Hosts[0].ExecAsync($"read -r line </dev/tcp/{group.Hosts[1].Address}/22; echo $line", Cancellation);

        Assert.StartsWith("SSH-2.0-", banner, StringComparison.Ordinal);
    }

    private Task<CommandResult> SshAsync(LabHost host, string command) =>
        ChildProcess.RunAsync(
            new ProcessStartInfo("ssh",
            [
                "-F", "/dev/null", "-i", lab.PrivateKey, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
                "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=2", "-o", "LogLevel=ERROR", $"tidb@{host.Address}", command,
            ]),
            null,
            Cancellation);
}
