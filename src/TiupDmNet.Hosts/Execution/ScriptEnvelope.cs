using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TiupDmNet.Hosts.Execution;

/// <summary>
/// What is sent around a script, so that it runs whole or not at all, ends at its limit, and tells its end apart from the end of the connection.
/// </summary>
/// <remarks>
/// The command line only starts <c>timeout bash</c> and reports its exit code as a line of standard error; where that line is missing, the connection
/// broke. It is plain enough for any login shell (csh and fish included). The script is one compound command: bash reads it to its end before it
/// runs anything, so that a script that was cut off does nothing. A first line on both streams marks where the noise of the login shell's start-up files ends,
/// and tells the process group.
/// </remarks>
internal sealed class ScriptEnvelope
{
    /// <summary>After the limit a script may tidy up for so long, then it is killed.</summary>
    public static readonly TimeSpan KillAfter = TimeSpan.FromSeconds(5);

    private readonly string _token = "dm-patch-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    public ScriptEnvelope(Script script, bool dataFollows)
    {
        if (script.TimeLimit <= TimeSpan.Zero)
        {
            throw new ArgumentException($"The time limit of '{script.Purpose}' must be positive.", nameof(script));
        }

        var limit = script.TimeLimit.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        var kill = KillAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        CommandLine = $"exec sh -c 'env -u BASH_ENV timeout -k {kill} {limit} bash --norc -s; c=$?; echo >&2; echo {_token} exit $c >&2; exit 0'";
        Input = new UTF8Encoding(false).GetBytes($$"""
            { echo {{_token}} begin; echo {{_token}} begin $PPID >&2; cd 2>/dev/null; export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
            {{script.Text}}
            }{{(dataFollows ? "" : " </dev/null")}}

            """);
    }

    /// <summary>For the login shell of the host.</summary>
    public string CommandLine { get; }

    /// <summary>For standard input.</summary>
    public byte[] Input { get; }

    /// <summary>The process group of the script, once it runs; null before.</summary>
    public int? ProcessGroup(string error)
    {
        var begin = $"{_token} begin ";
        var at = error.IndexOf(begin, StringComparison.Ordinal);
        var end = at < 0 ? -1 : error.IndexOf('\n', at);
        return end < 0 ? null : int.Parse(error.AsSpan(at + begin.Length, end - at - begin.Length), CultureInfo.InvariantCulture);
    }

    /// <summary>The exit code that the host reported; null when it did not, which means that the connection ended before the script.</summary>
    public int? ExitCode(string error)
    {
        var exit = $"\n{_token} exit ";
        var at = error.LastIndexOf(exit, StringComparison.Ordinal);
        var end = at < 0 ? -1 : error.IndexOf('\n', at + exit.Length);
        return end < 0 ? null : int.Parse(error.AsSpan(at + exit.Length, end - at - exit.Length), CultureInfo.InvariantCulture);
    }

    /// <summary>A stream as the script wrote it.</summary>
    public string Strip(string text)
    {
        var begin = text.IndexOf($"{_token} begin", StringComparison.Ordinal);
        var start = begin < 0 ? 0 : text.IndexOf('\n', begin) + 1;
        var exit = text.LastIndexOf($"\n{_token} exit ", StringComparison.Ordinal);
        return text[start..(exit < start ? text.Length : exit)];
    }
}
