using System.Globalization;
using System.Text.RegularExpressions;

namespace TiupDmNet.Mirror.Manifests;

/// <summary>Times as manifests write them: seconds, perhaps a fraction of any length, any offset.</summary>
internal static partial class Rfc3339
{
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        var match = Shape().Match(text);
        return match.Success && DateTimeOffset.TryParseExact(
            match.Groups["second"].Value + match.Groups["zone"].Value,
            "yyyy-MM-dd'T'HH:mm:ssK",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out time);
    }

    /// <summary>UTC, in whole seconds, as <c>tiup mirror init</c> writes it.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(?<zone>Z|[+-]\d\d:\d\d)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
