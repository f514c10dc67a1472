namespace TiupDmNet.Cli.Output;

/// <summary>The three streams. Data goes to standard output, talk to standard error.</summary>
internal sealed class Terminal
{
    public required TextReader Input { get; init; }

    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Someone is there to answer a question.</summary>
    public bool CanAsk { get; init; }

    /// <summary>Colour on standard output.</summary>
    public bool HasColour { get; init; }

    /// <summary>Colour, and progress that moves, on standard error.</summary>
    public bool IsLive { get; init; }

    public static Terminal OfProcess(Func<string, string?> environment)
    {
        var plain = environment("NO_COLOR") is { Length: > 0 } || environment("TERM") is null or "" or "dumb";
        return new Terminal
        {
            Input = Console.In,
            Output = Console.Out,
            Error = Console.Error,
            CanAsk = !Console.IsInputRedirected && !Console.IsErrorRedirected,
            HasColour = !plain && !Console.IsOutputRedirected,
            IsLive = !plain && !Console.IsErrorRedirected,
        };
    }

    /// <summary>Writes data.</summary>
    public void Write(string text) => Write(Output, text);

    /// <summary>A line of talk.</summary>
    public void Say(string line) => Write(Error, line + "\n");

    public void SayError(string message) => Write(Error, (IsLive ? Ansi.Paint("Error:", Ansi.Red) : "Error:") + $" {message}\n");

    public void SayWarning(string message) => Write(Error, (IsLive ? Ansi.Paint("Warning:", Ansi.Yellow) : "Warning:") + $" {message}\n");

    public void WriteError(string text) => Write(Error, text);

    /// <summary>Asks a question and waits for a line.</summary>
    /// <returns>True for y and yes.</returns>
    /// <exception cref="OperationCanceledException">Interrupted instead of answered.</exception>
    public async Task<bool> AskAsync(string question, CancellationToken cancellation)
    {
        Write(Error, $"{question} [y/N]: ");
        // Nothing can call a read from a terminal back; it ends with the process.
        try
        {
            var answer = await Task.Run(Input.ReadLine, CancellationToken.None).WaitAsync(cancellation);
            return answer?.Trim().ToUpperInvariant() is "Y" or "YES";
        }
        catch (OperationCanceledException)
        {
            Write(Error, "\n");
            throw;
        }
    }

    // A terminal that went away must not end a run that is in the middle of a node.
    private static void Write(TextWriter writer, string text)
    {
        try
        {
            writer.Write(text);
            writer.Flush();
        }
        catch (IOException)
        {
        }
    }
}
