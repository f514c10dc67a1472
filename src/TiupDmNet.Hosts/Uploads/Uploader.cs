using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using TiupDmNet.Hosts.Execution;

namespace TiupDmNet.Hosts.Uploads;

/// <summary>Runs a script that reads data from its standard input.</summary>
internal delegate Task<CommandResult> RunWithData(Script script, Feed? feed, CancellationToken cancellation);

/// <summary>
/// Brings files to a host: asks what is there, sends what is missing to <c>&lt;path&gt;.part</c>, has the host hash all of it, in one command, and lets the
/// file appear under its name only when size and hash are right.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle to free, and a command that ends after its host is closed still releases it.")]
internal sealed class Uploader(HostAddress address, RunWithData run, TimeProvider time)
{
    // Nothing has moved for so long, although the connection is alive: the disk there hangs.
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Asking = TimeSpan.FromMinutes(10);

    // One after the other: they share one connection anyway, and two for the same path would mix.
    private readonly SemaphoreSlim _gate = new(1);

    public async Task<UploadOutcome> UploadAsync(Upload upload, IProgress<long>? progress, CancellationToken cancellation)
    {
        if (!upload.RemotePath.StartsWith('/') || upload.RemotePath.EndsWith('/'))
        {
            throw new ArgumentException($"'{upload.RemotePath}' is not the absolute path of a file.", nameof(upload));
        }

        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await SendMissingAsync(upload, progress, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<UploadOutcome> SendMissingAsync(Upload upload, IProgress<long>? progress, CancellationToken cancellation)
    {
        var name = Path.GetFileName(upload.RemotePath);
        using var source = new LocalSource(upload, address);
        var outcome = UploadOutcome.AlreadyThere;
        CommandResult result;
        try
        {
            result = await run(new Script(UploadScripts.Receive(upload), $"upload {name}", LimitFor(upload.Size)), FeedAsync, cancellation).ConfigureAwait(false);
        }
        catch (HostException e) when (e.Failure == HostFailure.Lost)
        {
            throw new HostException(HostFailure.Lost, e.Host, $"The upload of {upload.RemotePath} to {address} broke off; what arrived stays there, and the same upload continues it. {e.Message}", e);
        }

        if (result.ExitCode == UploadScripts.Wrong && await source.HashAsync(upload.Size, cancellation).ConfigureAwait(false) != upload.Sha256)
        {
            throw source.Changed("its content has another sha256 than announced");
        }

        if (result.ExitCode == 0 && outcome == UploadOutcome.AlreadyThere)
        {
            progress?.Report(upload.Size);
        }

        return result.ExitCode == 0 ? outcome : throw await FailedAsync(upload, result, cancellation).ConfigureAwait(false);

        async Task FeedAsync(Conversation script, CancellationToken token)
        {
            var there = Existing.Parse(await script.HearAsync(UploadScripts.ThatIsAll, token).ConfigureAwait(false));
            if (there.Target == upload.Sha256)
            {
                return;
            }

            // A part is worth something if it is the beginning of this file.
            var usable = there.PartSize > 0 && await source.HashAsync(there.PartSize, token).ConfigureAwait(false) == there.PartSha256;
            var offset = usable ? there.PartSize : 0;
            outcome = usable ? UploadOutcome.Resumed : UploadOutcome.Sent;
            progress?.Report(offset);
            script.Input.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{offset}\n")));
            await source.SendAsync(script.Input, offset, progress, Stall, time, token).ConfigureAwait(false);
        }
    }

    private async Task<HostException> FailedAsync(Upload upload, CommandResult result, CancellationToken cancellation)
    {
        if (UploadScripts.IsDiskFull(result.Error))
        {
            var freed = await run(new Script(UploadScripts.GiveUp(upload), $"remove the part of {upload.RemotePath}", Asking), null, cancellation).ConfigureAwait(false);
            return Failure(
                HostFailure.DiskFull,
                $"No space for {upload.RemotePath} ({Sentence.Bytes(upload.Size)}) on {address}{FreeSpace(freed.Output)}; the part was removed. Make room and run again.");
        }

        return result.ExitCode switch
        {
            UploadScripts.Short => Failure(
                HostFailure.Lost,
                $"The upload of {upload.RemotePath} to {address} ended early; what arrived stays there, and the same upload continues it."),
            UploadScripts.Wrong => Failure(
                HostFailure.Corrupt,
                $"{upload.RemotePath} arrived on {address} with another content than {upload.LocalPath} (sha256 {result.Output.TrimEnd().Split('\n')[^1]} instead of {upload.Sha256}); it was removed."),
            _ => Failure(HostFailure.Command, $"{upload.RemotePath} cannot be written on {address}: {Sentence.Of(result.Error)}"),
        };
    }

    private HostException Failure(HostFailure failure, string message) => new(failure, address.ToString(), message);

    /// <summary>From the last line of <c>df -Pk</c>: device, size, used, available (KiB), percentage, mount point.</summary>
    private static string FreeSpace(string df)
    {
        var words = df.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()?.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words.Length == 6 && long.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out var kib)
            ? $": {words[5]} ({words[0]}) has {Sentence.Bytes(kib * 1024)} free"
            : "";
    }

    // The stall limit is what ends a hopeless upload; this only keeps the script from outliving everything.
    private static TimeSpan LimitFor(long bytes) => Asking + TimeSpan.FromSeconds(bytes / (16 * 1024));

    /// <summary>What the host has of a file.</summary>
    /// <param name="Target">SHA-256 of the file under its name, if it has the right size.</param>
    /// <param name="PartSize">Bytes of the part, 0 when there is none or it is of no use.</param>
    /// <param name="PartSha256">SHA-256 of the part.</param>
    private sealed record Existing(string Target, long PartSize, string PartSha256)
    {
        public static Existing Parse(string output)
        {
            var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')).ToDictionary(w => w[0], w => w);
            return new Existing(
                lines.TryGetValue("target", out var target) ? target[1] : "",
                lines.TryGetValue("part", out var part) ? long.Parse(part[1], CultureInfo.InvariantCulture) : 0,
                part is null ? "" : part[2]);
        }
    }
}
