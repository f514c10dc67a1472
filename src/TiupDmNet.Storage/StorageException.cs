namespace TiupDmNet.Storage;

/// <summary>A file of this machine could not be read, written or locked. The message is a sentence for the operator.</summary>
public sealed class StorageException : Exception
{
    public StorageException(string message) : base(message)
    {
    }

    public StorageException(string message, Exception inner) : base(message, inner)
    {
    }
}
