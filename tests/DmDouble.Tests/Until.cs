namespace DmDouble.Tests;

/// <summary>Waits for a condition instead of for time.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<Task<bool>> isSo, string what, int seconds = 30)
    {
        var end = DateTime.UtcNow.AddSeconds(seconds);
        while (!await isSo())
        {
            Assert.True(DateTime.UtcNow < end, $"{what} did not come within {seconds} s");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public static Task TrueAsync(Func<bool> isSo, string what, int seconds = 30) => TrueAsync(() => Task.FromResult(isSo()), what, seconds);
}
