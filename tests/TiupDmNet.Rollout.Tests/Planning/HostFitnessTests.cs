using TiupDmNet.Rollout.Planning;
using TiupDmNet.Rollout.Survey;
using static TiupDmNet.Rollout.Tests.TestNodes;

namespace TiupDmNet.Rollout.Tests.Planning;

public class HostFitnessTests
{
    private static readonly HostFacts Fit = Host(Facts(Worker("w1")));

    [Fact]
    public void A_fit_host_has_no_problems() => Assert.Empty(new HostFitness(Package, "tidb", offline: false).Problems([Fit]));

    [Fact]
    public void A_host_of_another_architecture_is_refused() => Refused(
        Fit with { Architecture = "arm64" },
        "w1 is arm64, but the dm-worker in dm-worker.tar.gz is built for amd64; patch its nodes (w1:8262) with a arm64 package, and select the others with -N");

    [Fact]
    public void A_host_without_the_dynamic_loader_is_refused() => Refused(
        Fit with { HasInterpreter = false },
        "w1 has no /lib64/ld-linux-x86-64.so.2, which the new dm-worker needs to start (is it built for another distribution?)");

    [Fact]
    public void A_host_without_the_tools_is_refused() => Refused(Fit with { MissingTools = ["tar", "gzip"] }, "w1 lacks tar, gzip; install them there");

    [Fact]
    public void A_node_whose_unit_is_missing_is_refused() => Refused(
        Host(Facts(Worker("w1")) with { Unit = Stopped with { LoadState = "not-found" } }),
        "w1:8262: there is no unit dm-worker-8262.service on w1 (systemd says not-found)");

    [Fact]
    public void A_host_without_systemd_is_refused() => Refused(
        Host(Facts(Worker("w1")) with { Unit = null, UnitProblem = "System has not been booted with systemd" }),
        "w1:8262: systemd on w1 cannot be asked about dm-worker-8262.service: System has not been booted with systemd");

    [Fact]
    public void A_host_where_sudo_wants_a_password_is_refused() => Refused(
        Host(Facts(Worker("w1")) with { SudoProblem = "sudo: a password is required" }),
        "w1:8262: sudo on w1 does not let dm-worker-8262.service be stopped without a password (sudo: a password is required); allow it with a line in /etc/sudoers.d: tidb ALL=(root) NOPASSWD: /usr/bin/systemctl");

    [Fact]
    public void A_deploy_directory_that_cannot_be_written_is_refused() => Refused(
        Host(Facts(Worker("w1")) with { WriteProblem = "Read-only file system" }),
        "w1:8262: cannot write to /home/tidb/deploy/dm-worker-8262 on w1: Read-only file system");

    [Fact]
    public void Nodes_that_share_a_disk_must_fit_on_it_together()
    {
        var one = Facts(Worker("w1")) with { FreeBytes = 500_000_000 };
        Assert.Empty(new HostFitness(Package, "tidb", offline: false).Problems([Host(one)]));

        Refused(
            Host(one, Facts(Worker("w1") with { Id = "w1:8263" }) with { FreeBytes = 500_000_000 }),
            "w1 has 500.0 MB free on /, but w1:8262, w1:8263 need 666.8 MB for staging and backup");
    }

    [Fact]
    public void A_running_node_is_not_patched_offline()
    {
        var problems = new HostFitness(Package, "tidb", offline: true).Problems([Fit]);

        Assert.Equal(["w1:8262 is running (active); --offline is for stopped nodes: stop it, or leave --offline away to patch it without an outage"], problems);
    }

    [Fact]
    public void Every_problem_of_every_host_is_told_at_once()
    {
        var problems = new HostFitness(Package, "tidb", offline: false).Problems([Fit with { Architecture = "arm64" }, Host(Facts(Worker("w2")) with { WriteProblem = "denied" })]);

        Assert.Equal(2, problems.Count);
    }

    private static void Refused(HostFacts host, string sentence) =>
        Assert.Equal([sentence], new HostFitness(Package, "tidb", offline: false).Problems([host]));
}
