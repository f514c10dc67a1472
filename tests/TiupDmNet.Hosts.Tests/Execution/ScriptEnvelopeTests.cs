using System.Text;
using TiupDmNet.Hosts.Execution;
using TiupDmNet.Hosts.Tests.Support;
using TiupDmNet.TestSupport;

namespace TiupDmNet.Hosts.Tests.Execution;

public sealed class ScriptEnvelopeTests
{
    [Fact]
    public async Task A_script_that_was_cut_off_does_nothing()
    {
        using var temp = new TempDirectory();
        var text = $$"""
            touch {{Shell.Quote(temp["1"])}}
            f() {
                touch {{Shell.Quote(temp["2"])}}
            }
            f; cat <<END >{{Shell.Quote(temp["3"])}}
            }
            END
            { touch {{Shell.Quote(temp["4"])}}
            }
            """;
        var whole = new ScriptEnvelope(new Script(text, "try it", Run.Limit), dataFollows: false).Input;
        for (var length = 1; length < whole.Length - "\n} </dev/null\n".Length; length += 3)
        {
            await RunAsync(whole[..length]);
            Assert.True(Directory.GetFileSystemEntries(temp.Path).Length == 0, $"cut at {length}: {Encoding.UTF8.GetString(whole[..length])}");
        }

        await RunAsync(whole);
        Assert.Equal(4, Directory.GetFileSystemEntries(temp.Path).Length);
    }

    [Theory]
    [InlineData("/bin/sh")]
    [InlineData("/bin/bash")]
    [InlineData("/bin/dash")]
    [InlineData("/usr/bin/fish")]
    [InlineData("/bin/csh")]
    [InlineData("/bin/zsh")]
    public async Task Any_login_shell_can_start_it(string shell)
    {
        Assert.SkipUnless(File.Exists(shell), $"needs {shell}");
        var envelope = new ScriptEnvelope(new Script("echo \"it's $((6*7))\"; exit 9", "try it", Run.Limit), dataFollows: false);
        var output = await Run.ProgramAsync(shell, ["-c", $"{envelope.CommandLine} "], envelope.Input);
        Assert.Equal("it's 42\n", envelope.Strip(Encoding.UTF8.GetString(output)));
    }

    [Fact]
    public void What_a_script_says_cannot_be_taken_for_its_end()
    {
        var script = new Script("true", "try it", Run.Limit);
        var envelope = new ScriptEnvelope(script, dataFollows: false);
        var another = new ScriptEnvelope(script, dataFollows: false);
        var token = envelope.CommandLine.Split("echo ")[^1].Split(' ')[0];
        var said = $"noise\n{token} begin 123\nhello\ndm-patch-0000000000000000 exit 7\n\n{token} exit 3\n";
        Assert.Equal(3, envelope.ExitCode(said));
        Assert.Equal(123, envelope.ProcessGroup(said));
        Assert.Equal("hello\ndm-patch-0000000000000000 exit 7\n", envelope.Strip(said));
        Assert.Null(another.ExitCode(said));
        Assert.Null(another.ProcessGroup(said));
    }

    [Theory]
    [InlineData(" exit")]
    [InlineData(" exit ")]
    [InlineData(" exit 3")]
    public void Half_a_report_is_none(string half)
    {
        var envelope = new ScriptEnvelope(new Script("true", "try it", Run.Limit), dataFollows: false);
        var token = envelope.CommandLine.Split("echo ")[^1].Split(' ')[0];
        Assert.Null(envelope.ExitCode($"hello\n{token}{half}"));
    }

    private static async Task RunAsync(byte[] input)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bash", ["--norc", "-s"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var reading = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await reading;
        await process.WaitForExitAsync();
    }
}
