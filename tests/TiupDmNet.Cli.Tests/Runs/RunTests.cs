using System.Diagnostics;
using System.Text.RegularExpressions;
using DmDouble;
using TiupDmNet.Cli.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Cli.Tests.Runs;

/// <summary>The built program and a cluster of stand-ins on this machine: what an operator sees from the first look to the patched cluster.</summary>
public sealed class RunTests(OneMaster running) : IClassFixture<OneMaster>
{
    private LocalCluster Cluster => running.Cluster;

    [Fact]
    public async Task Looks_plans_patches_and_looks_again()
    {
        var binary = running.Binary("dm-worker", '2');
        var before = await running.RunAsync("display", "dm-test", "--builds");
        Assert.Matches(@"Healthy\|L .* [0-9a-f]{12}\n", before.Output);

        var plan = await running.RunAsync("plan", "dm-test", binary, "-R", "dm-worker");
        Assert.Equal(0, plan.ExitCode);
        Assert.Contains("restart with the new build", plan.Output, StringComparison.Ordinal);

        var patch = await running.RunAsync("dm-test", binary, "-R", "dm-worker", "-y", "--settle", "0.5");
        Assert.True(patch.ExitCode == 0, patch.Error + Cluster.Logs());
        Assert.EndsWith("patched 2 dm-worker nodes of dm-test (v8.5.0 222222222222)\n", patch.Output, StringComparison.Ordinal);
        Assert.All(patch.Error.TrimEnd('\n').Split('\n').SkipWhile(line => !line.Contains("patch (1 of 2)", StringComparison.Ordinal)), line => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d) (-|127\.0\.0\.1:\d+)  ", line));

        var after = await running.RunAsync("display", "dm-test", "--builds", "--uptime", "-R", "dm-worker");
        Assert.Equal(2, Regex.Count(after.Output, @"dm-worker \(patched\) .* \d+s .* [0-9a-f]{12}\n"));

        var again = await running.RunAsync("dm-test", binary, "-R", "dm-worker", "-y");
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("nothing to do: 2 dm-worker nodes of dm-test already have this build", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_run_finishes_the_node_in_hand_and_the_same_line_continues_it()
    {
        var binary = running.Binary("dm-worker", '3');
        using var process = running.Start("dm-test", binary, "-R", "dm-worker", "-y", "--settle", "0.5");
        var error = process.StandardError;
        var output = process.StandardOutput.ReadToEndAsync();
        while (await error.ReadLineAsync() is { } line && !line.EndsWith("  stopping", StringComparison.Ordinal))
        {
        }

        await Signal.SendAsync("INT", process.Id);
        var rest = await error.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Matches(@"(?m)^finishing 127\.0\.0\.1:\d+; press Ctrl-C again to stop now$", rest);
        Assert.Contains($"To continue: dotnet dm-patch dm-test {binary} -R dm-worker -y --settle 0.5", rest, StringComparison.Ordinal);
        Assert.Equal((130, 1), (process.ExitCode, Regex.Count(await output, "  new  ")));

        var again = await running.RunAsync("dm-test", binary, "-R", "dm-worker", "-y", "--settle", "0.5");
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Equal(2, Regex.Count(again.Output, "  new  "));
    }

    [Fact]
    public async Task On_a_terminal_it_asks_shows_progress_and_reports()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "needs script(1) of util-linux to make a terminal");
        using var process = ChildProcess.Start(Cluster.Environment, "/usr/bin/script", "-q", "-e", "-c", $"{ChildProcess.Program} dm-test {running.Binary("dm-worker", '4')} -R dm-worker --settle 0.5 --ssh none", "/dev/null");
        var seen = new System.Text.StringBuilder();
        var buffer = new char[4096];
        var answered = false;
        while (await process.StandardOutput.ReadAsync(buffer) is var count and > 0)
        {
            seen.Append(buffer, 0, count);
            if (!answered && seen.ToString().Contains("Do you want to continue? [y/N]: ", StringComparison.Ordinal))
            {
                answered = true;
                await process.StandardInput.WriteAsync("y\n");
                await process.StandardInput.FlushAsync();
            }
        }

        await process.WaitForExitAsync();
        var text = seen.ToString();
        Assert.True(process.ExitCode == 0, text);
        Assert.Contains("patched 2 dm-worker nodes of dm-test", text, StringComparison.Ordinal);
        Assert.Contains("\x1b[?25l", text, StringComparison.Ordinal);
    }
}
