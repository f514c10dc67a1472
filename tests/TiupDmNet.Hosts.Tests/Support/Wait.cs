namespace TiupDmNet.Hosts.Tests.Support;

internal static class Wait
{
    /// <summary>Until a condition outside of this process holds; fails after a time that only a fault can need.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"still not so: {what}");
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
