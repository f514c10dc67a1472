namespace TiupDmNet.Hosts;

/// <summary>The one place that turns values into shell words.</summary>
public static class Shell
{
    /// <summary>The value as one word of a POSIX shell, whatever is in it.</summary>
    /// <exception cref="ArgumentException">It holds a NUL, which no argument can.</exception>
    public static string Quote(string value) => throw new NotImplementedException(value);
}
