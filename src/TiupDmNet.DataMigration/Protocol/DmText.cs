using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace TiupDmNet.DataMigration.Protocol;

/// <summary>
/// DM's error texts: <c>[code=N:class=C:scope=S:level=L], Message: …[, RawCause: …][, Workaround: …]</c>
/// (pingcap/tiflow dm/pkg/terror/terror.go:25).
/// </summary>
internal static partial class DmText
{
    /// <summary>Longer texts are cut where they go into a sentence.</summary>
    private const int Longest = 300;

    // Not errors of a request but of a moment in which nobody leads: 38043 master is not leader and cannot forward,
    // 46001 the scheduler has not started. The etcd texts come wrapped in errors of other numbers.
    private static readonly int[] LeaderlessCodes = [38043, 46001];
    private static readonly string[] LeaderlessTexts = ["etcdserver: no leader", "etcdserver: leader changed", "etcdserver: request timed out"];

    public static int? Code(string text) =>
        CodePattern().Match(text) is { Success: true } match && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;

    public static DmFailure Classify(HttpStatusCode status, string text)
    {
        var leaderless = status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
            || (Code(text) is { } code && LeaderlessCodes.Contains(code))
            || LeaderlessTexts.Any(known => text.Contains(known, StringComparison.Ordinal));
        return leaderless ? DmFailure.NoLeader : DmFailure.Refused;
    }

    /// <summary>One line: message, cause, and the number at the end.</summary>
    public static string Readable(string text)
    {
        var match = ErrorPattern().Match(text);
        if (!match.Success)
        {
            return OneLine(text);
        }

        var cause = match.Groups["cause"].Value;
        return OneLine($"{match.Groups["message"].Value}{(cause.Length > 0 ? $": {cause}" : "")} (code {match.Groups["code"].Value})");
    }

    public static string OneLine(string text)
    {
        var line = SpacePattern().Replace(text, " ").Trim();
        return line.Length <= Longest ? line : $"{line[..Longest]}…";
    }

    [GeneratedRegex(@"\[code=(\d+):")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"^\[code=(?<code>\d+):[^\]]*\],? ?(Message: )?(?<message>.*?)(, RawCause: (?<cause>.*?))?(, Workaround: .*)?$", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex ErrorPattern();

    [GeneratedRegex(@"\s+")]
    private static partial Regex SpacePattern();
}
