namespace TiupDmNet.Clusters.Audit;

/// <summary>
/// The names of audit files: a time in nanoseconds (in seconds in old ones) in an alphabet without vowels. It has 51
/// letters, whatever its name (pingcap/tiup pkg/base52/base52.go:21).
/// </summary>
internal static class Base52
{
    private const string Alphabet = "0123456789bcdfghjkmnpqrstvwxyzBCDFGHJKLMNPQRSTVWXYZ";

    public static string Encode(long number)
    {
        var letters = new Stack<char>();
        for (; number > 0; number /= Alphabet.Length)
        {
            letters.Push(Alphabet[(int)(number % Alphabet.Length)]);
        }

        return new string([.. letters]);
    }

    /// <summary>Null where there is another letter, or too many.</summary>
    public static long? TryDecode(ReadOnlySpan<char> text)
    {
        long number = 0;
        foreach (var letter in text)
        {
            var digit = Alphabet.IndexOf(letter, StringComparison.Ordinal);
            if (digit < 0 || number > (long.MaxValue - digit) / Alphabet.Length)
            {
                return null;
            }

            number = (number * Alphabet.Length) + digit;
        }

        return text.IsEmpty ? null : number;
    }

    /// <summary>The time that the name of an audit file says; what follows a <c>_</c> is TIUP_AUDIT_ID (pingcap/tiup pkg/cluster/audit/audit.go:199).</summary>
    public static DateTimeOffset? TryDecodeTime(string id)
    {
        var end = id.IndexOf('_', StringComparison.Ordinal);
        if (TryDecode(end < 0 ? id : id.AsSpan(0, end)) is not { } number)
        {
            return null;
        }

        var isNanoseconds = number >> 32 != 0;
        return DateTimeOffset.UnixEpoch.AddTicks(isNanoseconds ? number / 100 : number * TimeSpan.TicksPerSecond);
    }
}
