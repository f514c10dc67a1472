using System.Diagnostics;
using TiupDmNet.Cli.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Cli.Tests;

/// <summary>What only a real process shows: exit codes, streams, signals and terminals.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TempDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_exit_code_reaches_the_shell()
    {
        Assert.Equal(new Ran(0, "dotnet-dm-patch 0.1.0\n", ""), await ChildProcess.EndAsync(ChildProcess.Start(_home, "--version")));
        Assert.Equal(2, (await ChildProcess.EndAsync(ChildProcess.Start(_home, "display"))).ExitCode);
        Assert.Equal(3, (await ChildProcess.EndAsync(ChildProcess.Start(_home, "display", "nothing"))).ExitCode);
    }

    [Fact]
    public async Task Without_a_terminal_it_does_not_wait_for_an_answer()
    {
        var ran = await ChildProcess.EndAsync(ChildProcess.Start(_home, "dm-test", "p.tar.gz"));

        Assert.Equal(new Ran(2, "", "Error: there is no terminal to ask for confirmation on; say --yes to go on without being asked\n"), ran);
    }

    [Fact]
    public async Task A_pipe_gets_no_colour_and_a_terminal_does()
    {
        var piped = await ChildProcess.EndAsync(ChildProcess.Start(_home, "display", "nothing"));
        var terminal = await OnTerminalAsync("display nothing");

        Assert.DoesNotContain("\x1b", piped.Error, StringComparison.Ordinal);
        Assert.Contains("\x1b[31mError:\x1b[0m ", terminal.Output, StringComparison.Ordinal);
        Assert.Equal(3, terminal.ExitCode);
    }

    [Theory]
    [InlineData("NO_COLOR=1")]
    [InlineData("TERM=dumb")]
    public async Task A_terminal_that_wants_no_colour_gets_none(string variable)
    {
        var (name, value) = (variable.Split('=')[0], variable.Split('=')[1]);
        SkipWithoutScript();
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/script", ["-q", "-e", "-c", $"env {name}={value} TIUP_HOME={_home.Path} {ChildProcess.Program} display nothing", "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;

        var ran = await ChildProcess.EndAsync(process);

        Assert.DoesNotContain("\x1b[31m", ran.Output, StringComparison.Ordinal);
        Assert.Contains("Error: ", ran.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SIGINT")]
    [InlineData("SIGTERM")]
    [InlineData("SIGHUP")]
    public async Task A_signal_ends_it_with_130_and_a_sentence(string signal)
    {
        // A master that takes connections and never answers keeps display waiting.
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        WriteCluster(((System.Net.IPEndPoint)silent.LocalEndpoint).Port);
        using var process = ChildProcess.Start(_home, "display", "dm-test", "--status-timeout", "600");
        using var accepted = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken);

        await Signal.SendAsync(signal[3..], process.Id);

        Assert.Equal(new Ran(130, "", "Error: interrupted; nothing was changed\n"), await ChildProcess.EndAsync(process));
    }

    [Fact]
    public async Task Help_is_there_in_an_instant_and_reads_nothing()
    {
        var ran = await ChildProcess.EndAsync(ChildProcess.Start(_home, "--help"));

        Assert.Equal((0, ""), (ran.ExitCode, ran.Error));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_home.Path));
    }

    private async Task<Ran> OnTerminalAsync(string arguments)
    {
        SkipWithoutScript();
        return await ChildProcess.EndAsync(ChildProcess.StartOnTerminal(_home, arguments));
    }

    private static void SkipWithoutScript() => Assert.SkipUnless(File.Exists("/usr/bin/script"), "needs script(1) of util-linux to make a terminal");

    private void WriteCluster(int port)
    {
        var directory = _home["storage/dm/clusters/dm-test"];
        Directory.CreateDirectory(directory);
        File.WriteAllText(
            Path.Combine(directory, "meta.yaml"),
            $$"""
            user: tidb
            dm_version: v8.5.0
            topology:
              global: { user: tidb, deploy_dir: /dm/deploy, data_dir: /dm/data, os: linux, arch: amd64 }
              master_servers:
              - { host: 127.0.0.1, name: m1, port: {{port}}, peer_port: 8291, arch: amd64, os: linux }
            """);
    }
}
