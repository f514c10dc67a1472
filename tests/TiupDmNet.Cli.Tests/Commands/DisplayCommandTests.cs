using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Commands;

public sealed class DisplayCommandTests : IDisposable
{
    private readonly TestApp _app = new();

    public DisplayCommandTests() => _app.AddCluster();

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task A_dead_cluster_is_shown_and_the_reasons_are_told_beside_it()
    {
        var ran = await _app.RunAsync("display", "dm-test", "--status-timeout", "5");

        Assert.Equal(
            """
            Cluster type:       dm
            Cluster name:       dm-test
            Cluster version:    v8.5.0
            Deploy user:        tidb
            SSH type:           builtin
            ID           Role                 Host       Ports  OS/Arch       Status  Data Dir              Deploy Dir
            --           ----                 ----       -----  -------       ------  --------              ----------
            127.0.0.1:1  dm-master            127.0.0.1  1/2    linux/x86_64  Down    /dm/data/dm-master-1  /dm/deploy/dm-master-1
            127.0.0.1:3  dm-worker (patched)  127.0.0.1  3      linux/x86_64  N/A     /dm/data/dm-worker-3  /dm/deploy/dm-worker-3
            Total nodes: 2

            """,
            ran.Output);
        Assert.Equal(0, ran.ExitCode);
        Assert.StartsWith("Down: 127.0.0.1:1: ", ran.Error, StringComparison.Ordinal);
        Assert.Contains("\nN/A: 127.0.0.1:3: ", ran.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_app.AuditDirectory));
    }

    [Fact]
    public async Task As_JSON_standard_output_is_one_document()
    {
        var ran = await _app.RunAsync("display", "dm-test", "-R", "dm-worker", "--format", "json");

        Assert.Equal((1, "127.0.0.1:3"), ((int)JObject.Parse(ran.Output)["schema"]!, (string)JObject.Parse(ran.Output)["instances"]![0]!["id"]!));
    }

    [Fact]
    public async Task The_version_of_the_cluster_is_one_line() => Assert.Equal(new Ran(0, "v8.5.0\n", ""), await _app.RunAsync("display", "dm-test", "--version"));

    [Fact]
    public async Task An_unknown_role_is_refused_with_those_that_there_are()
    {
        var ran = await _app.RunAsync("display", "dm-test", "-R", "dm-wroker");

        Assert.Equal((3, ""), (ran.ExitCode, ran.Output));
        Assert.StartsWith("Error: not valid role: dm-wroker, should be one of: [dm-master dm-worker ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_that_does_not_exist_is_named()
    {
        var ran = await _app.RunAsync("display", "dm-tset");

        Assert.Equal(3, ran.ExitCode);
        Assert.StartsWith("Error: dm cluster `dm-tset` not exists", ran.Error, StringComparison.Ordinal);
    }
}
