namespace TiupDmNet.Rollout;

/// <summary>The run was refused, or failed before it changed anything. The message is a sentence for the operator.</summary>
public sealed class RolloutException : Exception
{
    public RolloutException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
