namespace TiupDmNet.Hosts;

/// <summary>The one place that turns values into shell words.</summary>
public static class Shell
{
    /// <summary>The value as one word of a POSIX shell, whatever is in it.</summary>
    /// <remarks>A word that begins with "-" is still an option to the command that gets it: put <c>--</c> before it.</remarks>
    /// <exception cref="ArgumentException">It holds a NUL, which no argument can.</exception>
    public static string Quote(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A shell word cannot hold a NUL.", nameof(value));
        }

        // Within single quotes everything is literal but the quote itself: end, an escaped quote, begin again.
        return $"'{value.Replace("'", @"'\''", StringComparison.Ordinal)}'";
    }
}
