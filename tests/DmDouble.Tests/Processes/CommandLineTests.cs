using DmDouble.Layout;
using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Processes;

/// <summary>What the programs say to a wrong start: strict as the real ones, or a wrong run script would pass here and fail there.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public CommandLineTests()
    {
        foreach (var name in (string[])["dm-master", "dm-worker"])
        {
            File.Copy(DoubleBuild.Executable, _directory[name]);
        }
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("dm-master", "--worker-addr=x", "flag provided but not defined: -worker-addr")]
    [InlineData("dm-worker", "--data-dir=x", "flag provided but not defined: -data-dir")]
    [InlineData("dm-worker", "x", "'x' is an invalid flag")]
    [InlineData("dm-worker", "--join", "flag needs an argument: -join")]
    [InlineData("dm-master", "--openapi=perhaps", "invalid boolean value \"perhaps\" for -openapi: parse error")]
    [InlineData("dm-master", "--config=conf/none.toml", "open conf/none.toml: no such file or directory")]
    [InlineData("dm-master", "--master-addr=8261", "address 8261: missing port in address")]
    public async Task Refuses_what_the_real_one_refuses(string program, string argument, string message)
    {
        var (code, output, _) = await RunAsync(program, argument);

        Assert.Equal((2, $"parse cmd flags err: {message}\n"), (code, output));
    }

    [Fact]
    public async Task Refuses_a_key_that_the_master_does_not_know()
    {
        File.WriteAllText(_directory["dm-master.toml"], "log-level = \"info\"\nkeepalive-ttl = 60\n");

        var (code, output, _) = await RunAsync("dm-master", "--config", "dm-master.toml");

        Assert.Equal(2, code);
        Assert.Equal(
            "parse cmd flags err: [code=38011:class=dm-master:scope=internal:level=medium], Message: master config contained unknown configuration options: " +
            "keepalive-ttl, Workaround: Please check the configuration file.\n",
            output);
    }

    [Fact]
    public async Task Refuses_a_key_that_the_worker_does_not_know()
    {
        File.WriteAllText(_directory["dm-worker.toml"], "[nested]\nkey = \"0123\"\n");

        var (code, output, _) = await RunAsync("dm-worker", "-config=dm-worker.toml");

        Assert.Equal(2, code);
        Assert.Contains("code=40004:class=dm-worker", output, StringComparison.Ordinal);
        Assert.Contains("unknown configuration options: nested.key", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_is_no_error()
    {
        var (code, output, error) = await RunAsync("dm-worker", "--help");

        Assert.Equal((0, ""), (code, output));
        Assert.StartsWith("Usage of dm-worker:\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_without_quorum_gives_up_with_code_2_and_says_why_in_its_log()
    {
        File.WriteAllText(_directory["double.json"], """{"quorumStartLimitMs": 300}""");

        using var ports = new PortLease(2);
        var (code, output, error) = await RunAsync(
            "dm-master", "--name=a", $"--master-addr=127.0.0.1:{ports.Ports.Dequeue()}", $"--peer-urls=http://127.0.0.1:{ports.Ports.Dequeue()}", "--initial-cluster=a=http://127.0.0.1:1,b=http://127.0.0.1:2",
            "--log-file=log/dm-master.log");

        Assert.Equal((2, "", ""), (code, output, error));
        var log = await File.ReadAllTextAsync(_directory["log/dm-master.log"], TestContext.Current.CancellationToken);
        Assert.Contains("[\"Welcome to dm-master\"] [release-version=None]", log, StringComparison.Ordinal);
        Assert.Contains("[ERROR]", log, StringComparison.Ordinal);
        Assert.Contains("code=38038:class=dm-master:scope=internal:level=high], Message: start embed etcd timeout 10s", log, StringComparison.Ordinal);
        Assert.True(Directory.Exists(_directory["default.a/member/wal"]));
    }

    [Fact]
    public async Task A_worker_without_masters_gives_up_after_five_rounds_with_code_2()
    {
        var (code, _, _) = await RunAsync("dm-worker", "--worker-addr=127.0.0.1:0", "--join=127.0.0.1:1", "--log-file=log/dm-worker.log");

        Assert.Equal(2, code);
        var lines = await File.ReadAllLinesAsync(_directory["log/dm-worker.log"], TestContext.Current.CancellationToken);
        Assert.Equal(5, lines.Count(line => line.Contains("[INFO]", StringComparison.Ordinal) && line.Contains("join the cluster meet error", StringComparison.Ordinal)));
        Assert.Contains("code=40077", lines[^1], StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Error)> RunAsync(string program, params string[] arguments) =>
        Run.AsyncOf(_directory[program], arguments, _directory.Path);
}
