using System.Text;

namespace TiupDmNet.Packages.Reading;

/// <summary>
/// The records of a POSIX extended header: <c>"%d %s=%s\n"</c>, the number being the length of the whole record. Values are kept as Latin-1.
/// (POSIX.1-2017, pax, "pax Extended Header")
/// </summary>
internal static class PaxRecords
{
    /// <exception cref="FormatException">The message says what is wrong, as the end of a sentence.</exception>
    public static Dictionary<string, string> Parse(ReadOnlySpan<byte> content)
    {
        var records = new Dictionary<string, string>(StringComparer.Ordinal);
        while (!content.IsEmpty)
        {
            var blank = content.IndexOf((byte)' ');
            if (blank is < 1 or > 7 || !TryNumber(content[..blank], out var length) || length <= blank + 1 || length > content.Length || content[(int)length - 1] != '\n')
            {
                throw Malformed();
            }

            var record = content[(blank + 1)..((int)length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals < 1)
            {
                throw Malformed();
            }

            records[Encoding.Latin1.GetString(record[..equals])] = Encoding.Latin1.GetString(record[(equals + 1)..]);
            content = content[(int)length..];
        }

        return records;
    }

    /// <summary>Decimal digits only; false when there is another character or more than 18 of them.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> digits, out long value)
    {
        value = 0;
        if (digits.Length is 0 or > 18)
        {
            return false;
        }

        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        return true;
    }

    private static FormatException Malformed() => new("is damaged: an extended tar header is malformed; fetch it again");
}
