namespace TiupDmNet.Mirror.Tests.Support;

/// <summary>A clock that stands where a test puts it; timers run as ever.</summary>
internal sealed class FixedTime(DateTimeOffset now) : TimeProvider
{
    /// <summary>The day on which TiUP signed the golden mirror.</summary>
    public static FixedTime OfGoldenMirror => new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
