namespace TiupDmNet.Packages;

/// <summary>A package (or what should have been one) is hostile, damaged, or not usable. The message is a sentence for the operator.</summary>
public sealed class PackageException : Exception
{
    public PackageException(string message) : base(message)
    {
    }

    public PackageException(string message, Exception inner) : base(message, inner)
    {
    }
}
