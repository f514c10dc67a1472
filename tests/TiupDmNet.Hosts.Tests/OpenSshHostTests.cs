using TiupDmNet.TestSupport;
using System.Diagnostics;
using TiupDmNet.Hosts.OpenSsh;
using TiupDmNet.Hosts.Tests.Support;

namespace TiupDmNet.Hosts.Tests;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class OpenSshHostTests : HostContract
{
    private SshServer _server = null!;

    public override async ValueTask InitializeAsync()
    {
        _server = await SshServer.StartOrSkipAsync();
        Pool = new HostPool(_server.Settings, TimeProvider.System);
        Host = await Pool.ConnectAsync(_server.Address, default);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task All_commands_share_one_connection()
    {
        await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => Host.BashAsync("sleep 0.05")));
        Assert.Same(Host, await Pool.ConnectAsync(_server.Address, default));
        Assert.Equal(1, _server.Logins);
    }

    [Fact]
    public async Task The_host_key_is_recorded_in_the_clusters_file()
    {
        var recorded = await File.ReadAllTextAsync(_server.KnownHosts);
        var key = (await File.ReadAllTextAsync(_server.HostKey + ".pub")).Split(' ')[1];
        Assert.Equal($"[127.0.0.1]:{_server.Port} ssh-ed25519 {key}\n", recorded);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_server.KnownHosts));
    }

    [Fact]
    public async Task Nobody_else_can_reach_the_socket_and_it_goes_with_the_pool()
    {
        var directory = Assert.Single(Directory.GetDirectories(_server.Directory.Path, "dm-patch-*"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        await Pool.DisposeAsync();
        Assert.Empty(Directory.GetDirectories(_server.Directory.Path, "dm-patch-*"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Host.BashAsync("true"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Pool.ConnectAsync(_server.Address, default));
    }

    [Fact]
    public async Task A_script_whose_connection_breaks_is_lost_and_the_next_one_reconnects()
    {
        var running = Host.BashAsync($"echo $PPID > {Temp["tmp"]}; mv {Temp["tmp"]} {Temp["pid"]}; sleep 600");
        await Wait.UntilAsync(() => File.Exists(Temp["pid"]), "the script has begun");
        _server.CutConnections();
        var e = await Assert.ThrowsAsync<HostException>(() => running);
        Assert.Equal(HostFailure.Lost, e.Failure);
        Assert.StartsWith($"The connection to {_server.Address} broke during 'try it'; whether it was finished there is not known. ssh says: ", e.Message, StringComparison.Ordinal);
        Assert.Equal("again\n", (await Host.BashAsync("echo again")).Output);
        Assert.Equal(2, _server.Logins);
        await Host.BashAsync($"kill {await File.ReadAllTextAsync(Temp["pid"])}");
    }

    [Fact]
    public async Task A_host_that_falls_silent_is_noticed_long_before_the_scripts_limit()
    {
        var watch = Stopwatch.StartNew();
        var running = Host.BashAsync($"echo $PPID > {Temp["tmp"]}; mv {Temp["tmp"]} {Temp["pid"]}; sleep 600", TimeSpan.FromMinutes(10));
        await Wait.UntilAsync(() => File.Exists(Temp["pid"]), "the script has begun");
        await _server.FreezeConnectionsAsync();
        var e = await Assert.ThrowsAsync<HostException>(() => running);
        Assert.Equal(HostFailure.Lost, e.Failure);
        Assert.Equal(
            $"The connection to {_server.Address} broke during 'try it'; whether it was finished there is not known. ssh says: Timeout, server 127.0.0.1 not responding.",
            e.Message);
        Assert.InRange(watch.Elapsed.TotalSeconds, 10, 45);
        _server.CutConnections();
        await Host.BashAsync($"kill {await File.ReadAllTextAsync(Temp["pid"])}");
    }

    [Fact]
    public async Task Commands_begun_after_the_connection_broke_reconnect_once_for_all()
    {
        var sockets = Assert.Single(Directory.GetDirectories(_server.Directory.Path, "dm-patch-*"));
        _server.CutConnections();
        await Wait.UntilAsync(() => Directory.GetFiles(sockets).Length == 0, "ssh has noticed");
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Host.BashAsync($"echo {i}")));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i}\n"), results.Select(r => r.Output));
        Assert.Equal(2, _server.Logins);
    }

    [Fact]
    public async Task A_host_that_is_gone_is_said_to_be_unreachable()
    {
        await _server.StopAsync();
        var e = await Assert.ThrowsAsync<HostException>(() => Host.BashAsync("true"));
        if (e.Failure == HostFailure.Lost)
        {
            // ssh had not noticed the end yet, so this command was the one to find it.
            e = await Assert.ThrowsAsync<HostException>(() => Host.BashAsync("true"));
        }

        Assert.Equal(HostFailure.Unreachable, e.Failure);
        Assert.Equal($"{_server.Address} refuses the connection; check that sshd runs there and that {_server.Port} is its port. (2 attempts)", e.Message);
    }

    [Fact]
    public async Task The_noise_of_the_login_shell_is_not_output()
    {
        await using var noisy = await SshServer.StartOrSkipAsync("ForceCommand echo welcome; echo mail >&2; eval \"$SSH_ORIGINAL_COMMAND\"");
        await using var pool = new HostPool(noisy.Settings, TimeProvider.System);
        var result = await (await pool.ConnectAsync(noisy.Address, default)).BashAsync("echo out; echo err >&2");
        Assert.Equal(new CommandResult(0, "out\n", "err\n"), result);
    }

    [Fact]
    public async Task A_user_who_may_not_run_commands_is_told_so()
    {
        await using var closed = await SshServer.StartOrSkipAsync("ForceCommand echo This account is currently not available.; exit 1");
        await using var pool = new HostPool(closed.Settings, TimeProvider.System);
        var host = await pool.ConnectAsync(closed.Address, default);
        var e = await Assert.ThrowsAsync<HostException>(() => host.BashAsync("true"));
        Assert.Equal(HostFailure.Authentication, e.Failure);
        Assert.Equal(
            $"{closed.Address} lets {Environment.UserName} in but runs no commands for this user (exit code 1); it says: This account is currently not available.",
            e.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_server_that_allows_few_sessions_is_used_within_its_limit(int most)
    {
        await using var narrow = await SshServer.StartOrSkipAsync($"MaxSessions {most}");
        await using var pool = new HostPool(narrow.Settings, TimeProvider.System);
        var host = await pool.ConnectAsync(narrow.Address, default);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => host.BashAsync($"echo {i}")));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}\n"), results.Select(r => r.Output));
        Assert.Equal(1, narrow.Logins);
    }

    [Fact]
    public async Task A_server_that_allows_no_session_is_named()
    {
        await using var none = await SshServer.StartOrSkipAsync("MaxSessions 0");
        await using var pool = new HostPool(none.Settings, TimeProvider.System);
        var host = await pool.ConnectAsync(none.Address, default);
        var e = await Assert.ThrowsAsync<HostException>(() => host.BashAsync("true"));
        Assert.Equal(HostFailure.Engine, e.Failure);
        Assert.Equal($"sshd on {none.Address} allows no session in a connection; set MaxSessions in its sshd_config to 10, which is the default.", e.Message);
    }

    [Fact]
    public async Task A_child_that_outlives_its_script_and_keeps_its_output_open_ends_with_a_cancellation()
    {
        using var cancel = new CancellationTokenSource();
        var held = Host.BashAsync($"sleep 600 & echo $! > {Temp["tmp"]}; mv {Temp["tmp"]} {Temp["pid"]}", cancellation: cancel.Token);
        await Wait.UntilAsync(() => File.Exists(Temp["pid"]), "the script has run");
        Assert.Equal("free\n", (await Host.BashAsync("echo free")).Output);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        await AssertGoneAsync();
    }

    [Fact]
    public async Task A_connection_goes_when_this_program_dies()
    {
        // What is left of a program that died is the end of its pipes.
        Directory.CreateDirectory(Temp["sockets"]);
        var socket = Temp["sockets/1"];
        using var lifeline = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", SshMaster.Lifeline, "x", socket, "sh", "-c", "touch \"$0\"; exec sleep 600", socket]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        await Wait.UntilAsync(() => File.Exists(socket), "the stand-in for ssh runs");
        lifeline.StandardInput.Close();
        await lifeline.WaitForExitAsync();
        Assert.Equal(128 + 15, lifeline.ExitCode);
        Assert.False(Directory.Exists(Temp["sockets"]));
    }
}
