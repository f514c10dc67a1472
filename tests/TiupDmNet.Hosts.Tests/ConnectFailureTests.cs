using System.Net;
using System.Net.Sockets;
using TiupDmNet.Hosts.OpenSsh;
using TiupDmNet.Hosts.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Hosts.Tests;

public sealed class ConnectFailureTests
{
    [Fact]
    public async Task A_refused_connection_is_tried_again_and_then_explained()
    {
        using var temp = new TempDirectory();
        var address = new HostAddress("127.0.0.1", SshServer.FreePort(), "tidb");
        var e = await FailAsync(SettingsIn(temp) with { ConnectAttempts = 3 }, address);
        Assert.Equal(HostFailure.Unreachable, e.Failure);
        Assert.Equal(address.ToString(), e.Host);
        Assert.Equal($"{address} refuses the connection; check that sshd runs there and that {address.Port} is its port. (3 attempts)", e.Message);
    }

    [Fact]
    public async Task A_name_that_cannot_be_resolved_is_said_so_at_once()
    {
        using var temp = new TempDirectory();
        var e = await FailAsync(SettingsIn(temp), new HostAddress("no-such-host.invalid", 22, "tidb"));
        Assert.Equal(HostFailure.Unreachable, e.Failure);
        Assert.Equal("The host name of tidb@no-such-host.invalid:22 cannot be resolved; check it in the topology and in this machine's DNS or ~/.ssh/config.", e.Message);
    }

    [Fact]
    public async Task A_host_that_accepts_and_says_nothing_is_given_up_after_the_time_limit()
    {
        using var temp = new TempDirectory();
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        var address = new HostAddress("127.0.0.1", ((IPEndPoint)mute.LocalEndpoint).Port, "tidb");
        var e = await FailAsync(SettingsIn(temp) with { ConnectTimeout = TimeSpan.FromSeconds(1) }, address);
        Assert.Equal(HostFailure.Unreachable, e.Failure);
        Assert.Equal(
            $"{address} did not answer within 1 s; check that the host is up and no firewall drops port {address.Port}, or give it longer with --ssh-timeout.",
            e.Message);
    }

    [Fact]
    public async Task Dropped_connections_are_tried_again_until_one_holds()
    {
        await using var server = await SshServer.StartOrSkipAsync();
        await using var door = new DroppingDoor(server.Port, drop: 2);
        await using var pool = new HostPool(server.Settings with { ConnectAttempts = 4 }, TimeProvider.System);
        var host = await pool.ConnectAsync(server.Address with { Port = door.Port }, default);
        Assert.Equal("in\n", (await host.BashAsync("echo in")).Output);
        Assert.Equal(3, door.Visits);
    }

    [Fact]
    public async Task Connections_that_are_always_dropped_are_explained()
    {
        using var temp = new TempDirectory();
        await using var door = new DroppingDoor(0, drop: int.MaxValue);
        var e = await FailAsync(SettingsIn(temp) with { ConnectAttempts = 2 }, new HostAddress("127.0.0.1", door.Port, "tidb"));
        Assert.Equal(HostFailure.Unreachable, e.Failure);
        Assert.StartsWith(
            $"tidb@127.0.0.1:{door.Port} accepts the connection and drops it at once (sshd overloaded, MaxStartups, or a firewall); ssh says: ",
            e.Message,
            StringComparison.Ordinal);
        Assert.EndsWith(" (2 attempts)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_is_not_tried_again_and_the_message_says_what_to_test()
    {
        await using var server = await SshServer.StartOrSkipAsync();
        var other = server.Directory["other key"];
        await SshServer.MakeKeyAsync(other);
        var e = await FailAsync(server.Settings with { PrivateKey = other }, server.Address);
        Assert.Equal(HostFailure.Authentication, e.Failure);
        Assert.Equal(
            $"{server.Address} does not let {Environment.UserName} in (it accepts: publickey). Tried: the cluster's key {other}, then the keys of ssh-agent and ~/.ssh/config."
            + $" Test with: ssh -p {server.Port} -i '{other}' {Environment.UserName}@127.0.0.1 true",
            e.Message);
    }

    [Fact]
    public async Task A_missing_key_is_named()
    {
        await using var server = await SshServer.StartOrSkipAsync();
        var e = await FailAsync(server.Settings with { PrivateKey = server.Directory["no-key"] }, server.Address);
        Assert.Equal(HostFailure.Authentication, e.Failure);
        Assert.Contains($"Tried: the cluster's key {server.Directory["no-key"]} (which does not exist), then", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_key_is_named()
    {
        await using var server = await SshServer.StartOrSkipAsync();
        var damaged = server.Directory["damaged"];
        await File.WriteAllTextAsync(damaged, "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n");
        await Run.ProgramAsync("chmod", ["600", damaged], []);
        var e = await FailAsync(server.Settings with { PrivateKey = damaged }, server.Address);
        Assert.Equal(HostFailure.Authentication, e.Failure);
        Assert.Contains($"the cluster's key {damaged} (which ssh cannot load: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_others_can_read_is_named()
    {
        await using var server = await SshServer.StartOrSkipAsync();
        await Run.ProgramAsync("chmod", ["644", server.PrivateKey], []);
        var e = await FailAsync(server.Settings, server.Address);
        Assert.Equal(HostFailure.Authentication, e.Failure);
        Assert.Contains($"the cluster's key {server.PrivateKey} (which ssh ignores because others can read it: chmod 600)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_host_key_is_fatal_and_explained()
    {
        await using var server = await SshServer.StartOrSkipAsync();
        await using (var pool = new HostPool(server.Settings, TimeProvider.System))
        {
            await pool.ConnectAsync(server.Address, default);
        }

        await server.StopAsync();
        await SshServer.MakeKeyAsync(server.HostKey);
        var before = await File.ReadAllTextAsync(server.KnownHosts);
        await server.ListenAsync();
        var print = System.Text.Encoding.UTF8.GetString(await Run.ProgramAsync("ssh-keygen", ["-lf", server.HostKey + ".pub"], [])).Split(' ')[1];

        var e = await FailAsync(server.Settings, server.Address);
        Assert.Equal(HostFailure.HostKeyChanged, e.Failure);
        Assert.Equal(
            $"The host key of {server.Address} is not the recorded one: the host was reinstalled, or somebody is between. It offers the ED25519 key {print}."
            + $" The recorded ED25519 key is line 1 of {server.KnownHosts}."
            + " Compare with 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' on the host itself; if it is right, forget the old key:"
            + $" ssh-keygen -f '{server.KnownHosts}' -R '[127.0.0.1]:{server.Port}'",
            e.Message);
        Assert.Equal(before, await File.ReadAllTextAsync(server.KnownHosts));
        Assert.Equal(1, server.Logins);

        await Run.ProgramAsync("ssh-keygen", ["-f", server.KnownHosts, "-R", $"[127.0.0.1]:{server.Port}"], []);
        await using var again = new HostPool(server.Settings, TimeProvider.System);
        Assert.Equal(0, (await (await again.ConnectAsync(server.Address, default)).BashAsync("true")).ExitCode);
    }

    [Fact]
    public async Task An_algorithm_that_the_client_refuses_is_named()
    {
        await using var server = await SshServer.StartOrSkipAsync("Ciphers aes128-cbc");
        var e = await FailAsync(server.Settings, server.Address);
        Assert.Equal(HostFailure.Engine, e.Failure);
        Assert.Equal(
            $"{server.Address} and this machine's ssh have no algorithm in common; ssh says: Unable to negotiate with 127.0.0.1 port {server.Port}: no matching cipher found. Their offer: aes128-cbc",
            e.Message);
    }

    [Fact]
    public async Task A_missing_ssh_program_is_said_so()
    {
        using var temp = new TempDirectory();
        var e = await FailAsync(SettingsIn(temp) with { SshProgram = temp["no-ssh"] }, new HostAddress("127.0.0.1", 22, "tidb"));
        Assert.Equal(HostFailure.Engine, e.Failure);
        Assert.StartsWith($"The ssh program '{temp["no-ssh"]}' cannot be started (", e.Message, StringComparison.Ordinal);
        Assert.EndsWith(" Install the OpenSSH client or name it in TIUP_SSH_PATH.", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo 'Dropbear v2022.83' >&2", "'{0}' is not an OpenSSH client; it calls itself: Dropbear v2022.83")]
    [InlineData("echo 'OpenSSH_7.4p1, OpenSSL 1.0.2k-fips  26 Jan 2017' >&2", "'{0}' is OpenSSH 7.4; at least 7.6 is needed. Install a newer one or name it in TIUP_SSH_PATH.")]
    public async Task A_client_that_cannot_do_it_is_refused(string says, string message)
    {
        using var temp = new TempDirectory();
        await File.WriteAllTextAsync(temp["ssh"], $"#!/bin/sh\n{says}\n");
        await Run.ProgramAsync("chmod", ["755", temp["ssh"]], []);
        var e = await FailAsync(SettingsIn(temp) with { SshProgram = temp["ssh"] }, new HostAddress("127.0.0.1", 22, "tidb"));
        Assert.Equal(HostFailure.Engine, e.Failure);
        Assert.Equal(string.Format(System.Globalization.CultureInfo.InvariantCulture, message, temp["ssh"]), e.Message);
    }

    [Fact]
    public async Task Host_keys_that_cannot_be_recorded_are_an_error_before_any_connection()
    {
        using var temp = new TempDirectory();
        Directory.CreateDirectory(temp["known"]);
        var e = await FailAsync(SettingsIn(temp) with { KnownHosts = temp["known"] }, new HostAddress("127.0.0.1", 22, "tidb"));
        Assert.Equal(HostFailure.Engine, e.Failure);
        Assert.StartsWith($"Host keys cannot be recorded in {temp["known"]}: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_stops_the_tries()
    {
        using var temp = new TempDirectory();
        await using var pool = new HostPool(SettingsIn(temp) with { ConnectAttempts = 1000 }, TimeProvider.System);
        using var cancel = new CancellationTokenSource();
        var connecting = pool.ConnectAsync(new HostAddress("127.0.0.1", SshServer.FreePort(), "tidb"), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    [Fact]
    public async Task A_failed_connection_is_tried_anew_by_the_next_caller()
    {
        await using var server = await SshServer.StartOrSkipAsync();
        await server.StopAsync();
        await using var pool = new HostPool(server.Settings with { ConnectAttempts = 1 }, TimeProvider.System);
        await Assert.ThrowsAsync<HostException>(() => pool.ConnectAsync(server.Address, default));
        await server.ListenAsync();
        Assert.Equal(0, (await (await pool.ConnectAsync(server.Address, default)).BashAsync("true")).ExitCode);
    }

    [Fact]
    public async Task Callers_at_the_same_time_share_one_connection()
    {
        await using var server = await SshServer.StartOrSkipAsync();
        await using var pool = new HostPool(server.Settings, TimeProvider.System);
        var hosts = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => pool.ConnectAsync(server.Address, default)));
        Assert.Single(hosts.Distinct());
        Assert.Equal(1, server.Logins);
    }

    [Fact]
    public async Task Few_connections_are_made_at_a_time()
    {
        await using var server = await SshServer.StartOrSkipAsync("MaxStartups 2");
        await using var pool = new HostPool(server.Settings with { SimultaneousConnects = 2, ConnectAttempts = 1 }, TimeProvider.System);

        // The same server, written in ways that the pool cannot know to be the same.
        string[] ways = ["127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1"];
        var hosts = await Task.WhenAll(ways.Select(w => pool.ConnectAsync(server.Address with { Host = w }, default)));
        Assert.Equal(ways.Length, hosts.Distinct().Count());
        Assert.Equal(ways.Length, server.Logins);
    }

    [Theory]
    [InlineData(1, 0.0, 125)]
    [InlineData(1, 0.5, 250)]
    [InlineData(2, 0.5, 500)]
    [InlineData(3, 0.999, 1499)]
    [InlineData(30, 0.5, 4000)]
    public void Pauses_double_up_to_a_bound_and_spread(int attempt, double chance, int milliseconds)
    {
        Assert.Equal(milliseconds, SshConnector.Pause(attempt, chance).TotalMilliseconds, 2.0);
    }

    private static HostSettings SettingsIn(TempDirectory temp)
    {
        SshServerHosts.SkipWithoutClient();
        return new HostSettings
        {
            Engine = SshEngine.OpenSsh,
            PrivateKey = temp["id"],
            KnownHosts = temp["known_hosts"],
            SocketParent = temp.Path,
        };
    }

    private static async Task<HostException> FailAsync(HostSettings settings, HostAddress address)
    {
        await using var pool = new HostPool(settings, TimeProvider.System);
        return await Assert.ThrowsAsync<HostException>(() => pool.ConnectAsync(address, default));
    }
}
