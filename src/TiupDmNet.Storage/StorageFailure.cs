namespace TiupDmNet.Storage;

/// <summary>Turns what the operating system says into a sentence for the operator.</summary>
internal static class StorageFailure
{
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int FileTooLarge = 27;

    /// <summary>What a file that was being written can be refused for; anything else came from elsewhere.</summary>
    public static bool IsDiskFull(Exception failure) =>
        failure is IOException && failure.HResult is NoSpace or QuotaExceeded or FileTooLarge;

    public static bool IsFromSystem(Exception failure) => failure is IOException or UnauthorizedAccessException;

    /// <param name="deed">What was tried, e.g. "write /x/y".</param>
    public static StorageException Of(string deed, Exception failure) =>
        new($"cannot {deed}: {Reason(failure)}; {Advice(failure)}", failure);

    private static string Reason(Exception failure) => failure switch
    {
        IOException { HResult: NoSpace } => "no space left on the device",
        IOException { HResult: QuotaExceeded } => "the disk quota is used up",
        DirectoryNotFoundException => "its directory does not exist",
        UnauthorizedAccessException => "permission denied",
        IOException { HResult: 13 } => "permission denied",
        IOException { HResult: 30 } => "the file system is read-only",
        _ => failure.Message.TrimEnd('.'),
    };

    private static string Advice(Exception failure) => failure switch
    {
        _ when IsDiskFull(failure) => "free some space and run the command again",
        UnauthorizedAccessException or IOException { HResult: 13 } => "run the command as the user that owns it, or give yourself access to it",
        DirectoryNotFoundException => "create it and run the command again",
        _ => "put that right and run the command again",
    };
}
