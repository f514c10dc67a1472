using TiupDmNet.TestSupport;
using System.Diagnostics;
using TiupDmNet.Hosts.Tests.Support;

namespace TiupDmNet.Hosts.Tests;

/// <summary>The operator's ssh-agent beside the cluster's key.</summary>
public sealed class OpenSshAgentTests
{
    [Fact]
    public async Task An_agent_full_of_other_keys_does_not_keep_the_clusters_key_out()
    {
        await using var server = await SshServer.StartOrSkipAsync("MaxAuthTries 3");
        await using var agent = await Agent.StartAsync(server, keys: 6);
        await using var pool = new HostPool(server.Settings with { SshProgram = agent.Ssh }, TimeProvider.System);
        Assert.Equal(0, (await (await pool.ConnectAsync(server.Address, default)).BashAsync("true")).ExitCode);
        Assert.DoesNotContain("Failed publickey", server.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_of_the_agent_lets_in_where_the_clusters_key_does_not(bool clusterHasKey)
    {
        await using var server = await SshServer.StartOrSkipAsync();
        await using var agent = await Agent.StartAsync(server, keys: 1);
        server.Authorize(server.Directory["agent-key-0"]);
        var settings = server.Settings with { SshProgram = agent.Ssh };
        await using var pool = new HostPool(clusterHasKey ? settings : settings with { PrivateKey = server.Directory["none"] }, TimeProvider.System);
        Assert.Equal(0, (await (await pool.ConnectAsync(server.Address, default)).BashAsync("true")).ExitCode);
        Assert.Equal(1, server.Logins);
    }

    /// <summary>An ssh-agent, and an ssh that knows it: the environment of the test process is everybody's.</summary>
    private sealed class Agent : IAsyncDisposable
    {
        private readonly Process _process;

        private Agent(Process process, string ssh)
        {
            _process = process;
            Ssh = ssh;
        }

        public string Ssh { get; }

        public static async Task<Agent> StartAsync(SshServer server, int keys)
        {
            var socket = server.Directory["agent"];
            var process = Process.Start(new ProcessStartInfo("ssh-agent", ["-D", "-a", socket]) { RedirectStandardOutput = true })!;
            await Wait.UntilAsync(() => File.Exists(socket), "ssh-agent listens");
            for (var i = 0; i < keys; i++)
            {
                var key = server.Directory[$"agent-key-{i}"];
                await SshServer.MakeKeyAsync(key);
                await Run.ProgramAsync("env", [$"SSH_AUTH_SOCK={socket}", "ssh-add", "-q", key], []);
            }

            var ssh = server.Directory["ssh"];
            await File.WriteAllTextAsync(ssh, $"#!/bin/sh\nSSH_AUTH_SOCK={Shell.Quote(socket)} exec ssh \"$@\"\n");
            await Run.ProgramAsync("chmod", ["755", ssh], []);
            return new Agent(process, ssh);
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
