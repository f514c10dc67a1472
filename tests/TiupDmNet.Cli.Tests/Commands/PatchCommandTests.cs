using Newtonsoft.Json.Linq;
using TiupDmNet.Cli.Tests.Support;
using TiupDmNet.Clusters;
using TiupDmNet.DataMigration;
using TiupDmNet.Hosts;
using TiupDmNet.Mirror;
using TiupDmNet.Packages;
using TiupDmNet.Rollout;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;
using TiupDmNet.Storage;

namespace TiupDmNet.Cli.Tests.Commands;

public sealed class PatchCommandTests
{
    private static readonly string[] Line = ["dm-test", "p.tar.gz", "-R", "dm-worker"];

    [Fact]
    public async Task Reports_nodes_and_outcome_on_standard_output_and_events_on_standard_error()
    {
        using var app = new TestApp
        {
            Time = new UtcTime(),
            Session = new FakeSession
            {
                Events =
                [
                    new NodeStopped(TimeSpan.FromSeconds(1.2)) { NodeId = "10.0.1.21:8262", At = TestPlan.Noon },
                    new UploadAdvanced("10.0.1.21", 1, 2) { At = TestPlan.Noon },
                    new Notice("something to know") { At = TestPlan.Noon },
                ],
            },
        };
        app.AddCluster();

        var ran = await app.RunAsync([.. Line, "-y"]);

        Assert.Equal(0, ran.ExitCode);
        Assert.Equal(
            """
            Node            Build  What happened
            ----            -----  -------------
            10.0.1.21:8262  new    healthy
            patched 2 dm-worker nodes of dm-test

            """,
            ran.Output);
        Assert.EndsWith("2026-11-23T12:00:00Z 10.0.1.21:8262  stopped (1.2 s)\n2026-11-23T12:00:00Z -  something to know\n", ran.Error, StringComparison.Ordinal);
        Assert.True(app.Session.WasDisposed);
    }

    [Theory]
    [InlineData(PatchResult.Done, 0)]
    [InlineData(PatchResult.NothingToDo, 0)]
    [InlineData(PatchResult.Failed, 1)]
    [InlineData(PatchResult.Refused, 3)]
    [InlineData(PatchResult.RolledBack, 4)]
    [InlineData(PatchResult.Interrupted, 130)]
    public async Task The_exit_code_says_how_the_run_ended(PatchResult result, int code)
    {
        using var app = new TestApp { Session = new FakeSession { Outcome = new PatchOutcome(result, "that is how it was", []) } };
        app.AddCluster();

        var ran = await app.RunAsync([.. Line, "-y"]);

        Assert.Equal(code, ran.ExitCode);
        Assert.EndsWith(code == 0 ? "that is how it was\n" : "", ran.Output, StringComparison.Ordinal);
        Assert.EndsWith(code == 0 ? "" : "Error: that is how it was\n", ran.Error, StringComparison.Ordinal);
    }

    public static TheoryData<Exception, int> Refusals => new()
    {
        { new RolloutException("no"), 3 },
        { new ClusterException("no"), 3 },
        { new NodeSelectionException("no"), 3 },
        { new ClusterLockedException("no"), 6 },
        { new PackageException("no"), 3 },
        { new HostException(HostFailure.Unreachable, "h", "no"), 3 },
        { new DmException(DmFailure.NoLeader, "no"), 3 },
        { new MirrorException(MirrorFailure.Untrusted, "no"), 3 },
        { new StorageException("no"), 3 },
        { new OperationCanceledException(), 130 },
    };

    [Theory]
    [MemberData(nameof(Refusals), DisableDiscoveryEnumeration = true)]
    public async Task What_fails_before_anything_changed_is_one_line_and_its_own_exit_code(Exception refusal, int code)
    {
        using var app = new TestApp { Session = new FakeSession { Refusal = refusal } };
        app.AddCluster();

        var ran = await app.RunAsync([.. Line, "-y"]);

        Assert.Equal(new Ran(code, "", code == 130 ? "Error: interrupted; nothing was changed\n" : "Error: no\n"), ran);
    }

    [Fact]
    public async Task The_same_failure_in_the_middle_of_a_run_says_that_something_was_changed()
    {
        using var app = new TestApp { Session = new FakeSession { Fault = new StorageException("cannot write the journal") } };
        app.AddCluster();

        Assert.Equal(1, (await app.RunAsync([.. Line, "-y"])).ExitCode);
    }

    [Fact]
    public async Task A_fault_of_the_program_is_one_line_and_the_trace_is_kept()
    {
        using var app = new TestApp { Session = new FakeSession { Refusal = new InvalidOperationException("oops") } };
        app.AddCluster();

        var ran = await app.RunAsync([.. Line, "-y"]);

        var log = Assert.Single(Directory.GetFiles(Path.Combine(app.Home, "logs"), "dm-patch-debug-*.log"));
        Assert.Equal(new Ran(3, "", $"Error: InvalidOperationException: oops This is a fault of the program. The details are in {log}.\n"), ran);
        Assert.Contains("at TiupDmNet.Cli", File.ReadAllText(log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_and_without_yes_it_fails_before_it_does_anything()
    {
        using var app = new TestApp();
        app.AddCluster();

        var ran = await app.RunAsync(Line);

        Assert.Equal(new Ran(2, "", "Error: there is no terminal to ask for confirmation on; say --yes to go on without being asked\n"), ran);
        Assert.False(Directory.Exists(app.AuditDirectory));
    }

    [Theory]
    [InlineData("y", true)]
    [InlineData(" YES ", true)]
    [InlineData("", false)]
    [InlineData("n", false)]
    [InlineData("ye", false)]
    public async Task On_a_terminal_it_shows_the_plan_and_asks(string answer, bool goesOn)
    {
        using var app = new TestApp { Answer = answer, Session = new FakeSession() };
        app.AddCluster();

        var ran = await app.RunAsync(Line);

        Assert.Contains("New build:  dm-worker aaaaaaaaaaaa, amd64\n", ran.Error, StringComparison.Ordinal);
        Assert.Contains("Do you want to continue? [y/N]: ", ran.Error, StringComparison.Ordinal);
        Assert.Equal((goesOn, goesOn ? 0 : 3), (app.Session.WasExecuted, ran.ExitCode));
        if (!goesOn)
        {
            Assert.EndsWith("Error: not confirmed; nothing was changed\n", ran.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nothing_is_asked_where_nothing_is_to_be_done()
    {
        using var app = new TestApp
        {
            Answer = "",
            Session = new FakeSession
            {
                Plan = TestPlan.Of(TestPlan.Node("10.0.1.21:8262", NodeAction.None)),
                Outcome = new PatchOutcome(PatchResult.NothingToDo, "nothing to do", []),
            },
        };
        app.AddCluster();

        Assert.Equal(new Ran(0, "nothing to do\n", ""), await app.RunAsync(Line));
    }

    [Fact]
    public async Task As_JSON_a_run_is_one_object_per_line()
    {
        using var app = new TestApp
        {
            Session = new FakeSession { Events = [new NodeStopped(TimeSpan.FromSeconds(1.25)) { NodeId = "10.0.1.21:8262", At = TestPlan.Noon }] },
        };
        app.AddCluster();

        var ran = await app.RunAsync([.. Line, "-y", "--format", "json"]);

        var lines = ran.Output.TrimEnd('\n').Split('\n').Select(JObject.Parse).ToList();
        Assert.All(lines, line => Assert.Equal((1, JTokenType.Date), (line.Value<int>("schema"), line["time"]!.Type)));
        Assert.Equal(["planned", "nodeStopped", "runFinished"], lines.Select(line => line.Value<string>("event")!));
        Assert.StartsWith("""{"schema":1,"time":"2026-11-23T12:00:00.000Z","event":"nodeStopped","node":"10.0.1.21:8262","took":1.25}""", ran.Output.Split('\n')[1], StringComparison.Ordinal);
        Assert.Equal("dm-worker", lines[0]["plan"]!.Value<string>("component"));
        Assert.Equal("done", lines[2]["outcome"]!.Value<string>("result"));
        Assert.Equal("", ran.Error);
    }

    [Fact]
    public async Task As_JSON_a_refusal_is_an_object_on_standard_error()
    {
        using var app = new TestApp { Session = new FakeSession { Refusal = new ClusterLockedException("locked by \"x\"") } };
        app.AddCluster();

        var ran = await app.RunAsync([.. Line, "-y", "--format=json"]);

        Assert.Equal(new Ran(6, "", """{"schema":1,"error":"locked by \"x\"","exitCode":6}""" + "\n"), ran);
    }

    [Fact]
    public async Task The_audit_tells_what_was_typed_what_happened_and_how_it_ended()
    {
        using var app = new TestApp
        {
            Session = new FakeSession { Events = [new NodeFailed("it exits at once") { NodeId = "10.0.1.21:8262", At = TestPlan.Noon }, new NodeAwaited("x")] },
        };
        app.Environment["TIUP_AUDIT_ID"] = "ticket-7";
        app.AddCluster();

        await app.RunAsync([.. Line, "-y"]);

        var file = Assert.Single(Directory.GetFiles(app.AuditDirectory));
        Assert.EndsWith("_ticket-7", file, StringComparison.Ordinal);
        var lines = File.ReadAllLines(file);
        Assert.Equal("dotnet-dm-patch dm-test p.tar.gz -R dm-worker -y", lines[0]);
        Assert.Contains("\tERROR\t10.0.1.21:8262 FAILED: it exits at once\t{", lines[1], StringComparison.Ordinal);
        Assert.Contains("\tINFO\tpatched 2 dm-worker nodes of dm-test\t{", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("\tINFO\tExecute command finished\t{\"code\":0}", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_run_is_on_record_too()
    {
        using var app = new TestApp { Session = new FakeSession { Refusal = new RolloutException("P3: m2 is down") } };
        app.AddCluster();

        await app.RunAsync([.. Line, "-y"]);

        var lines = File.ReadAllLines(Assert.Single(Directory.GetFiles(app.AuditDirectory)));
        Assert.EndsWith("\tERROR\tP3: m2 is down", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("{\"code\":3}", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_interrupt_names_the_node_that_is_finished_and_the_second_stops()
    {
        var outcome = new PatchOutcome(PatchResult.Interrupted, "interrupted. To continue: dotnet dm-patch dm-test p.tar.gz", []);
        using var app = new TestApp();
        app.Session = new FakeSession
        {
            Events = [new NodeBegun(1, 2, "patch") { NodeId = "10.0.1.21:8262", At = TestPlan.Noon }],
            Outcome = outcome,
            During = (stop, abort) =>
            {
                app.Interrupts.Raise();
                Assert.Equal((true, false), (stop.IsCancellationRequested, abort.IsCancellationRequested));
                app.Interrupts.Raise();
                Assert.True(abort.IsCancellationRequested);
                return Task.CompletedTask;
            },
        };
        app.AddCluster();

        var ran = await app.RunAsync([.. Line, "-y"]);

        Assert.Equal(130, ran.ExitCode);
        Assert.Contains("\nfinishing 10.0.1.21:8262; press Ctrl-C again to stop now\nstopping now; what was taken out of service is put back\n", ran.Error, StringComparison.Ordinal);
        Assert.EndsWith("Error: interrupted. To continue: dotnet dm-patch dm-test p.tar.gz\n", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_between_nodes_says_so()
    {
        using var app = new TestApp();
        app.Session = new FakeSession
        {
            Events = [new NodeBegun(1, 2, "patch") { NodeId = "n:1", At = TestPlan.Noon }, new NodePatched { NodeId = "n:1", At = TestPlan.Noon }],
            During = (_, _) =>
            {
                app.Interrupts.Raise();
                return Task.CompletedTask;
            },
        };
        app.AddCluster();

        var ran = await app.RunAsync([.. Line, "-y"]);

        Assert.Contains("stopping before the next node; press Ctrl-C again to stop now\n", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_line_to_type_again_is_quoted_and_without_secrets()
    {
        using var app = new TestApp { Session = new FakeSession() };
        app.AddCluster();

        await app.RunAsync("dm-test", "my package.tar.gz", "-N", "https://user:secret@host/", "-y");

        Assert.Equal("dotnet dm-patch dm-test 'my package.tar.gz' -N 'https://***@host/' -y", string.Join(' ', app.Session.Request!.CommandLine));
        Assert.DoesNotContain("secret", File.ReadAllText(Assert.Single(Directory.GetFiles(app.AuditDirectory))), StringComparison.Ordinal);
    }

    private sealed class UtcTime : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }
}
