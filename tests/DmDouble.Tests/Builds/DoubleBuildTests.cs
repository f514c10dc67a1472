using DmDouble.Layout;
using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Builds;

public class DoubleBuildTests
{
    private static readonly BuildStamp Stamp = new("v8.5.0", "0123456789abcdef0123456789abcdef01234567", "hotfix", "2026-11-20 08:00:00");

    [Fact]
    public async Task A_stamped_copy_runs_by_itself_and_says_its_version_as_dm_does()
    {
        using var directory = new TempDirectory();
        DoubleBuild.Stamp(DoubleBuild.Executable, directory["bin/dm-master/dm-master"], Stamp);

        var (code, output, error) = await Run.AsyncOf(directory["bin/dm-master/dm-master"], ["-V"]);

        Assert.Equal(
            "Release Version: v8.5.0\nGit Commit Hash: 0123456789abcdef0123456789abcdef01234567\nGit Branch: hotfix\n" +
            "UTC Build Time: 2026-11-20 08:00:00\nGo Version: go1.23.4\nFailpoint Build: false\n\n",
            output);
        Assert.Equal((0, ""), (code, error));
    }

    [Fact]
    public async Task A_copy_without_a_stamp_has_no_version()
    {
        using var directory = new TempDirectory();
        File.Copy(DoubleBuild.Executable, directory["dm-worker"]);

        var (code, output, _) = await Run.AsyncOf(directory["dm-worker"], ["--V"]);

        Assert.Equal(0, code);
        Assert.StartsWith("Release Version: None\nGit Commit Hash: None\n", output, StringComparison.Ordinal);
        Assert.Equal(BuildStamp.None, DoubleBuild.Read(directory["dm-worker"]));
    }

    [Fact]
    public void A_new_stamp_takes_the_place_of_the_old_one()
    {
        using var directory = new TempDirectory();
        DoubleBuild.Stamp(DoubleBuild.Executable, directory["a"], Stamp);
        DoubleBuild.Stamp(directory["a"], directory["b"], Stamp with { Commit = new string('f', 40) });
        DoubleBuild.Stamp(directory["b"], directory["c"], Stamp);

        Assert.Equal(new string('f', 40), DoubleBuild.Read(directory["b"]).Commit);
        Assert.Equal(File.ReadAllBytes(directory["a"]), File.ReadAllBytes(directory["c"]));
        Assert.NotEqual(File.ReadAllBytes(directory["a"]), File.ReadAllBytes(directory["b"]));
    }

    [Fact]
    public async Task A_build_can_fail_to_say_its_version()
    {
        using var directory = new TempDirectory();
        DoubleBuild.Stamp(DoubleBuild.Executable, directory["dm-worker"], Stamp with { Faults = new BuildFaults { VersionExitCode = 1 } });

        Assert.Equal((1, "", ""), await Run.AsyncOf(directory["dm-worker"], ["-V"]));
    }

    [Fact]
    public async Task A_build_can_miss_a_library_that_its_host_does_not_have()
    {
        using var directory = new TempDirectory();
        const string Complaint = "dm-worker: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by dm-worker)";
        DoubleBuild.Stamp(DoubleBuild.Executable, directory["dm-worker"], Stamp with { Faults = new BuildFaults { LoaderError = Complaint } });

        Assert.Equal((1, "", Complaint + "\n"), await Run.AsyncOf(directory["dm-worker"], ["-V"]));
        Assert.Equal((1, "", Complaint + "\n"), await Run.AsyncOf(directory["dm-worker"], ["--join=127.0.0.1:1"], directory.Path));
    }

    [Fact]
    public async Task A_build_can_end_at_once_and_can_crash_later()
    {
        using var directory = new TempDirectory();
        DoubleBuild.Stamp(DoubleBuild.Executable, directory["1/dm-master"], Stamp with { Faults = new BuildFaults { StartExitCode = 2 } });
        DoubleBuild.Stamp(DoubleBuild.Executable, directory["2/dm-master"], Stamp with { Faults = new BuildFaults { CrashAfterMs = 300 } });

        Assert.Equal((2, "", "panic: this build does not start\n"), await Run.AsyncOf(directory["1/dm-master"], [], directory.Path));
        using var ports = new PortLease(2);
        var crash = await Run.AsyncOf(
            directory["2/dm-master"], [$"--master-addr=127.0.0.1:{ports.Ports.Dequeue()}", $"--peer-urls=http://127.0.0.1:{ports.Ports.Dequeue()}", "--initial-cluster=a=http://127.0.0.1:1,b=http://127.0.0.1:2"], directory.Path);
        Assert.Equal((2, "", "panic: runtime error: invalid memory address or nil pointer dereference\n"), crash);
    }

    [Fact]
    public void The_architecture_in_the_file_can_be_changed()
    {
        using var directory = new TempDirectory();
        DoubleBuild.Stamp(DoubleBuild.Executable, directory["dm-worker"], Stamp);

        DoubleBuild.WithArchitecture(directory["dm-worker"], "arm64");

        Assert.Equal(183, BitConverter.ToUInt16(File.ReadAllBytes(directory["dm-worker"]), 18));
        Assert.Equal(Stamp, DoubleBuild.Read(directory["dm-worker"]));
        var error = Assert.Throws<ArgumentException>(() => DoubleBuild.WithArchitecture(directory["dm-worker"], "mips"));
        Assert.StartsWith("'mips' is not an architecture of DM: amd64, arm64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tool_stamps_builds_from_a_shell()
    {
        using var directory = new TempDirectory();

        var made = await Run.AsyncOf(
            DoubleBuild.Executable,
            ["stamp", "--version", "v8.5.1", "--commit", "abc", "--time", "2026-11-20 08:00:00", "--exit-on-start", "2", "-o", directory["dm-master"]]);

        Assert.Equal((0, "", ""), made);
        Assert.Equal(new BuildStamp("v8.5.1", "abc", "HEAD", "2026-11-20 08:00:00", new BuildFaults { StartExitCode = 2 }), DoubleBuild.Read(directory["dm-master"]));
        var (code, _, error) = await Run.AsyncOf(DoubleBuild.Executable, ["stamp", "--colour", "red"]);
        Assert.Equal(2, code);
        Assert.StartsWith("flag provided but not defined: -colour\nusage: dm-double stamp", error, StringComparison.Ordinal);
    }
}
