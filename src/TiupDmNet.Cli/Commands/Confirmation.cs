using TiupDmNet.Cli.Output;

namespace TiupDmNet.Cli.Commands;

/// <summary>A person says yes to what was shown, or <c>--yes</c> was said before.</summary>
internal static class Confirmation
{
    /// <summary>Before any work is done: is there anyone to ask?</summary>
    /// <exception cref="UsageException">There is not.</exception>
    public static void Require(Terminal terminal, bool yes)
    {
        if (!yes && !terminal.CanAsk)
        {
            throw new UsageException("there is no terminal to ask for confirmation on; say --yes to go on without being asked");
        }
    }

    /// <exception cref="RefusedException">The answer was not yes.</exception>
    public static async Task AskAsync(Terminal terminal, bool yes, CancellationToken cancellation)
    {
        if (!yes && !await terminal.AskAsync("Do you want to continue?", cancellation))
        {
            throw new RefusedException("not confirmed; nothing was changed");
        }
    }
}
