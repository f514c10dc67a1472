namespace TiupDmNet.Hosts;

/// <summary>Where and as whom to log in.</summary>
public sealed record HostAddress(string Host, int Port, string User)
{
    public override string ToString() => $"{User}@{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}

/// <summary>A bash script for a host. It travels on standard input, never in an argument list.</summary>
/// <param name="Text">The script. Build it with <see cref="Shell.Quote"/> for every value that is not a literal.</param>
/// <param name="Purpose">For messages: "stop dm-worker-8262.service".</param>
/// <param name="TimeLimit">After it the script is ended on the host as well.</param>
public sealed record Script(string Text, string Purpose, TimeSpan TimeLimit);

/// <summary>How a script ended. Output and error are UTF-8, at most 1 MiB each; what is beyond is cut in the middle.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>A file to bring to a host.</summary>
/// <param name="LocalPath">File on this machine.</param>
/// <param name="RemotePath">Absolute; its directory is made if missing. Appears only when complete and verified.</param>
/// <param name="Sha256">Lower-case hex of the content.</param>
/// <param name="Size">Bytes.</param>
public sealed record Upload(string LocalPath, string RemotePath, string Sha256, long Size);

public enum UploadOutcome
{
    Sent,

    /// <summary>A part that an earlier run had left was kept.</summary>
    Resumed,

    /// <summary>The host had the file with this content already.</summary>
    AlreadyThere,
}

/// <summary>One host, over one connection that many commands share. Safe for concurrent use.</summary>
public interface IHost : IAsyncDisposable
{
    HostAddress Address { get; }

    /// <summary>Runs a script; a non-zero exit code is a result, not an exception.</summary>
    /// <exception cref="HostException">Not reachable, not let in, timed out, or the connection broke.</exception>
    Task<CommandResult> RunAsync(Script script, CancellationToken cancellation);

    /// <summary>Streams a file to the host and hashes there what arrived, in one command; resumes or skips what is there already.</summary>
    /// <param name="upload">What and where to.</param>
    /// <param name="progress">Bytes there so far.</param>
    /// <param name="cancellation">Stops; the part stays for a later resume.</param>
    /// <exception cref="HostException">As for commands, and <see cref="HostFailure.DiskFull"/>, <see cref="HostFailure.Corrupt"/>.</exception>
    Task<UploadOutcome> UploadAsync(Upload upload, IProgress<long>? progress, CancellationToken cancellation);
}
