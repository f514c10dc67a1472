using System.Globalization;
using System.Text;
using TiupDmNet.Hosts.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Hosts.Tests;

/// <summary>What a script may rely on, whichever engine runs it.</summary>
public abstract class HostContract : IAsyncLifetime
{
    private protected HostPool Pool { get; set; } = null!;

    private protected IHost Host { get; set; } = null!;

    private protected TempDirectory Temp { get; } = new();

    public abstract ValueTask InitializeAsync();

    public virtual async ValueTask DisposeAsync()
    {
        if (Pool is not null)
        {
            await Pool.DisposeAsync();
        }

        Temp.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Tells_output_error_and_exit_code_apart()
    {
        var result = await Host.BashAsync("echo out; echo err >&2; exit 3");
        Assert.Equal(new CommandResult(3, "out\n", "err\n"), result);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(124)]
    [InlineData(137)]
    [InlineData(255)]
    public async Task Any_exit_code_is_the_scripts_own(int code)
    {
        Assert.Equal(code, (await Host.BashAsync($"exit {code}")).ExitCode);
    }

    [Fact]
    public async Task A_script_that_a_signal_ends_has_an_exit_code_too()
    {
        Assert.Equal(128 + 9, (await Host.BashAsync("kill -KILL $$")).ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment")]
    [InlineData("printf x; printf y >&2")]
    public async Task Neither_an_empty_script_nor_a_missing_newline_disturbs(string text)
    {
        var result = await Host.BashAsync(text);
        var expected = text.StartsWith("printf", StringComparison.Ordinal) ? new CommandResult(0, "x", "y") : new CommandResult(0, "", "");
        Assert.Equal(expected, result);
    }

    [Fact]
    public async Task Here_documents_functions_and_traps_work()
    {
        var result = await Host.BashAsync("""
            set -euo pipefail
            trap 'echo bye' EXIT
            greet() { echo "hello $1"; }
            cat <<'END'
            a 'b' $c
            END
            greet you
            false
            echo not reached
            """);
        Assert.Equal(new CommandResult(1, "a 'b' $c\nhello you\nbye\n", ""), result);
    }

    [Fact]
    public async Task Children_have_an_empty_standard_input()
    {
        Assert.Equal("done\n", (await Host.BashAsync("cat\nread -r line\necho done")).Output);
    }

    [Fact]
    public async Task Messages_are_in_English_and_the_administrators_programs_are_found()
    {
        var result = await Host.BashAsync("echo $LC_ALL; case :$PATH: in *:/usr/sbin:*) echo sbin;; esac; ls /nonexistent");
        Assert.Equal("C\nsbin\n", result.Output);
        Assert.Contains("No such file or directory", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_working_directory_is_the_home_directory()
    {
        Assert.Equal("same\n", (await Host.BashAsync("[ \"$PWD\" = \"$(cd && pwd)\" ] && echo same")).Output);
    }

    [Fact]
    public async Task Huge_output_is_cut_in_the_middle()
    {
        var result = await Host.BashAsync("echo first; head -c 5000000 /dev/zero | tr '\\0' x; echo last; head -c 3000000 /dev/zero | tr '\\0' y >&2; exit 4");
        Assert.Equal(4, result.ExitCode);
        Assert.StartsWith("first\nxxx", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("xxlast\n", result.Output, StringComparison.Ordinal);
        Assert.Contains(" bytes cut ...]\n", result.Output, StringComparison.Ordinal);
        Assert.InRange(result.Output.Length, 1_000_000, 1024 * 1024);
        Assert.InRange(result.Error.Length, 1_000_000, 1024 * 1024);
        Assert.EndsWith("yyy", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invalid_UTF8_becomes_replacement_characters()
    {
        Assert.Equal("a\uFFFDb é\n", (await Host.BashAsync(@"printf 'a\377b \303\251\n'")).Output);
    }

    [Fact]
    public async Task A_script_of_a_megabyte_is_run()
    {
        var lines = Enumerable.Range(0, 20_000).Select(i => $": {i:D40}").Append("echo end");
        Assert.Equal("end\n", (await Host.BashAsync(string.Join('\n', lines))).Output);
    }

    [Fact]
    public async Task Syntax_errors_run_nothing_and_say_so()
    {
        var e = await Assert.ThrowsAsync<HostException>(() => Host.BashAsync($"touch {Temp["ran"]}\nif true; then"));
        Assert.Equal(HostFailure.Command, e.Failure);
        Assert.StartsWith($"{Host.Address} cannot run scripts (exit code 2 for 'try it'); it needs bash and coreutils. It says: bash: line", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Temp["ran"]));
    }

    [Fact]
    public async Task At_its_limit_a_script_is_ended_on_the_host()
    {
        var e = await Assert.ThrowsAsync<HostException>(() => Host.BashAsync($"echo $$ > {Temp["pid"]}; sleep 600 & echo $! >> {Temp["pid"]}; wait", TimeSpan.FromSeconds(1)));
        Assert.Equal(HostFailure.TimedOut, e.Failure);
        Assert.Equal($"'try it' on {Host.Address} took longer than 1 s and was ended there.", e.Message);
        await AssertGoneAsync();
    }

    [Fact]
    public async Task A_script_that_ignores_the_signal_is_killed()
    {
        var e = await Assert.ThrowsAsync<HostException>(
            () => Host.BashAsync($"trap '' TERM; echo $$ > {Temp["pid"]}; while :; do read -t 0.2 < /dev/zero; done", TimeSpan.FromSeconds(0.5)));
        Assert.Equal(HostFailure.TimedOut, e.Failure);
        await AssertGoneAsync();
    }

    [Fact]
    public async Task Cancelling_ends_the_script_on_the_host()
    {
        using var cancel = new CancellationTokenSource();
        var running = Host.BashAsync($"echo $$ > {Temp["tmp"]}; mv {Temp["tmp"]} {Temp["pid"]}; sleep 600", TimeSpan.FromMinutes(20), cancel.Token);
        await Wait.UntilAsync(() => File.Exists(Temp["pid"]), "the script has begun");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await AssertGoneAsync();
    }

    [Fact]
    public async Task Many_commands_run_at_a_time()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Host.BashAsync($"echo {i}; echo e{i} >&2; exit {i}")));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => new CommandResult(i, $"{i}\n", $"e{i}\n")), results);
    }

    [Fact]
    public async Task A_negative_limit_is_a_mistake_of_the_caller()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Host.BashAsync("true", TimeSpan.Zero));
    }

    private protected async Task AssertGoneAsync()
    {
        foreach (var id in (await File.ReadAllLinesAsync(Temp["pid"], Encoding.ASCII)).Select(l => int.Parse(l, CultureInfo.InvariantCulture)))
        {
            await Wait.UntilAsync(() => !Directory.Exists($"/proc/{id}"), $"process {id} is gone");
        }
    }
}
