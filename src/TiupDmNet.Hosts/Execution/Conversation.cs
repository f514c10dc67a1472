namespace TiupDmNet.Hosts.Execution;

/// <summary>Talks with a script while it runs. Called when the script has begun; when it returns, the script's input is closed.</summary>
internal delegate Task Feed(Conversation script, CancellationToken cancellation);

/// <summary>A running script: what it has said, and what it reads.</summary>
internal sealed class Conversation(ChildProcess child, ScriptEnvelope envelope)
{
    /// <summary>Standard input of the script.</summary>
    public Stream Input => child.Input;

    /// <summary>Waits for a line on the script's standard output.</summary>
    /// <returns>What the script said before it.</returns>
    public async Task<string> HearAsync(string line, CancellationToken cancellation)
    {
        while (true)
        {
            var more = child.More;
            var said = envelope.Strip(child.Output.ToString());
            var at = ("\n" + said).IndexOf($"\n{line}\n", StringComparison.Ordinal);
            if (at >= 0)
            {
                return said[..at];
            }

            await more.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }
}
