using TiupDmNet.Cli.Tests.Support;

namespace TiupDmNet.Cli.Tests.Commands;

public sealed class UsageTests
{
    [Theory]
    [InlineData("", "Error: name a cluster and a package, or a command\nSee `dotnet dm-patch --help`\n")]
    [InlineData("dm-test", "Error: the argument <package> is missing\nSee `dotnet dm-patch --help`\n")]
    [InlineData("dispaly", "Error: the argument <package> is missing (did you mean display?)\nSee `dotnet dm-patch --help`\n")]
    [InlineData("patch dm-test", "Error: the argument <package> is missing\nSee `dotnet dm-patch patch --help`\n")]
    [InlineData("dm-test p.tar.gz more", "Error: 'more' is one argument too many\nSee `dotnet dm-patch --help`\n")]
    [InlineData("plan dm-test p.tar.gz --overwrit", "Error: there is no option --overwrit (did you mean --overwrite?)\nSee `dotnet dm-patch plan --help`\n")]
    [InlineData("plan dm-test p.tar.gz --frmat json", "Error: there is no option --frmat (did you mean --format?)\nSee `dotnet dm-patch plan --help`\n")]
    [InlineData("mirror", "Error: 'mirror' needs a command: set, show, list, download, status, verify, init, genkey, grant, publish, modify, yank, unyank, refresh, rotate, sign, clone, merge\nSee `dotnet dm-patch mirror --help`\n")]
    [InlineData("mirror lits", "Error: there is no command 'mirror lits' (did you mean list?)\nSee `dotnet dm-patch mirror --help`\n")]
    [InlineData("plan dm-test p.tar.gz -N", "Error: -N needs a value\nSee `dotnet dm-patch plan --help`\n")]
    [InlineData("plan dm-test p.tar.gz -c 0", "Error: --concurrency takes a whole number from 1, not '0'\nSee `dotnet dm-patch plan --help`\n")]
    [InlineData("plan dm-test p.tar.gz -c 1 -c 2", "Error: -c was given more than once\nSee `dotnet dm-patch plan --help`\n")]
    [InlineData("plan dm-test p.tar.gz --ssh-timeout soon", "Error: --ssh-timeout takes a number of seconds, not 'soon'\nSee `dotnet dm-patch plan --help`\n")]
    [InlineData("plan dm-test p.tar.gz --ssh sytem", "Error: --ssh takes system, builtin or none, not 'sytem' (did you mean system?)\nSee `dotnet dm-patch plan --help`\n")]
    [InlineData("plan dm-test p.tar.gz --format xml", "Error: --format takes default or json, not 'xml'\nSee `dotnet dm-patch plan --help`\n")]
    public async Task Says_what_is_wrong_on_standard_error_and_exits_with_2(string line, string error)
    {
        using var app = new TestApp();

        var ran = await app.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(new Ran(ExitCode.Usage, "", error), ran);
    }

    [Fact]
    public async Task A_usage_error_is_JSON_where_JSON_was_asked_for()
    {
        using var app = new TestApp();

        var ran = await app.RunAsync("display", "--format", "json");

        Assert.Equal(new Ran(2, "", """{"schema":1,"error":"the argument <cluster> is missing\nSee `dotnet dm-patch display --help`","exitCode":2}""" + "\n"), ran);
    }

    [Fact]
    public async Task A_mistyped_command_that_reads_as_a_cluster_is_recognised()
    {
        using var app = new TestApp();

        var ran = await app.RunAsync("dispaly", "dm-test", "-y");

        Assert.Equal(3, ran.ExitCode);
        Assert.EndsWith("Did you mean the command `dotnet dm-patch display`?\n", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--overwrite", true)]
    [InlineData("--overwrite true", true)]
    [InlineData("--overwrite=true", true)]
    [InlineData("--overwrite false", false)]
    [InlineData("--overwrite=false", false)]
    [InlineData("", false)]
    public async Task A_boolean_can_be_written_in_every_usual_way(string written, bool meant)
    {
        var request = await ParseAsync($"dm-test p.tar.gz {written}");

        Assert.Equal((meant, "dm-test", "p.tar.gz"), (request.Overwrite, request.Cluster, request.Package));
    }

    [Fact]
    public async Task A_boolean_does_not_swallow_the_cluster_behind_it()
    {
        var request = await ParseAsync("--overwrite --offline dm-test p.tar.gz");

        Assert.Equal((true, true, "dm-test"), (request.Overwrite, request.Offline, request.Cluster));
    }

    [Fact]
    public async Task Lists_take_commas_and_repeats()
    {
        var request = await ParseAsync("dm-test p.tar.gz -N a:1,b:2 --node c:3, -R dm-worker,dm-master -N a:1");

        Assert.Equal(["a:1", "b:2", "c:3"], request.Nodes);
        Assert.Equal(["dm-worker", "dm-master"], request.Roles);
    }

    [Fact]
    public async Task Everything_that_patch_takes_reaches_the_request()
    {
        var request = await ParseAsync("dm-test p.tar.gz --settle 1.5 --accept-control-plane-outage --allow-load-restart --allow-other-release");

        Assert.Equal(TimeSpan.FromSeconds(1.5), request.Settle);
        Assert.True(request.AcceptControlPlaneOutage && request.AllowLoadRestart && request.AllowOtherRelease);
    }

    [Fact]
    public async Task Options_that_are_left_out_have_the_defaults_of_TiUP()
    {
        using var app = new TestApp { Session = new FakeSession() };

        await app.RunAsync("plan", "dm-test", "p.tar.gz");

        var context = app.Session.Context!;
        Assert.Equal((5, TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(5), null, "ssh"), (context.Concurrency, context.WaitTimeout, context.Connection.ConnectTimeout, context.Connection.Engine, context.Connection.SshProgram));
        Assert.Equal(TimeSpan.FromSeconds(10), app.Session.Request!.Settle);
    }

    [Fact]
    public async Task Global_options_and_the_environment_reach_the_run()
    {
        using var app = new TestApp { Session = new FakeSession() };
        app.Environment["TIUP_SSH_PATH"] = "/opt/ssh";
        app.Environment["XDG_RUNTIME_DIR"] = "/run/user/7";

        await app.RunAsync("-c", "2", "plan", "dm-test", "p.tar.gz", "--ssh", "none", "--ssh-timeout", "7s", "--wait-timeout=30");

        var context = app.Session.Context!;
        Assert.Equal((2, 30, 7, "none", "/opt/ssh"), (context.Concurrency, (int)context.WaitTimeout.TotalSeconds, (int)context.Connection.ConnectTimeout.TotalSeconds, context.Connection.Engine, context.Connection.SshProgram));
        Assert.Equal(("/run/user/7", "dba", "control"), (context.Connection.SocketParent, context.Operator, context.Machine));
    }

    [Fact]
    public async Task A_cluster_named_like_a_command_is_reached_through_patch()
    {
        using var app = new TestApp { Session = new FakeSession() };
        app.AddCluster("list");

        var ran = await app.RunAsync("patch", "list", "p.tar.gz", "-y");

        Assert.Equal((0, "list"), (ran.ExitCode, app.Session.Request!.Cluster));
    }

    [Fact]
    public async Task A_word_that_begins_with_an_at_sign_is_no_response_file()
    {
        var request = await ParseAsync("dm-test @p.tar.gz");

        Assert.Equal("@p.tar.gz", request.Package);
    }

    private static async Task<Rollout.Planning.PatchRequest> ParseAsync(string line)
    {
        using var app = new TestApp { Session = new FakeSession() };
        app.AddCluster();
        var ran = await app.RunAsync([.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-y"]);
        Assert.Equal((0, ""), (ran.ExitCode, ran.ExitCode == 0 ? "" : ran.Error));
        return app.Session.Request!;
    }
}
