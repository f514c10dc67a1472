using System.Globalization;
using System.Security.Cryptography;
using TiupDmNet.Clusters.Audit;
using TiupDmNet.Storage;

namespace TiupDmNet.Clusters;

/// <summary>
/// One file for each command, which <c>tiup dm audit</c> lists: its name is the time in base52, its first line the
/// command line (pingcap/tiup pkg/cluster/audit/audit.go). Unlike TiUP's it exists from the start and grows as things happen.
/// </summary>
public sealed class AuditLog : IAsyncDisposable
{
    private readonly AppendLog _log;
    private readonly TimeProvider _time;

    private AuditLog(string id, AppendLog log, TimeProvider time)
    {
        Id = id;
        _log = log;
        _time = time;
    }

    /// <summary>The name of the file; what <c>tiup dm audit &lt;id&gt;</c> takes.</summary>
    public string Id { get; }

    /// <param name="commandLine">The program and its arguments, without secrets.</param>
    /// <param name="home">Whose audit directory.</param>
    /// <param name="time">Names the file and stamps the lines.</param>
    /// <param name="suffix">TIUP_AUDIT_ID, if set.</param>
    /// <exception cref="ClusterException">The audit directory cannot be made.</exception>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public static AuditLog Begin(TiupHome home, TimeProvider time, IReadOnlyList<string> commandLine, string? suffix = null)
    {
        MetaFile.CreateDirectory(home.AuditDirectory);
        string id;
        do
        {
            // Commands that start at the same instant get different names, as in TiUP.
            var nanoseconds = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
            id = Base52.Encode(nanoseconds + RandomNumberGenerator.GetInt32(1000)) + (string.IsNullOrEmpty(suffix) ? "" : $"_{suffix}");
        }
        while (File.Exists(Path.Combine(home.AuditDirectory, id)));

        var log = AppendLog.Open(Path.Combine(home.AuditDirectory, id));
        log.Append(AuditCommandLine.Encode(commandLine));
        return new AuditLog(id, log, time);
    }

    /// <summary>The commands on record, oldest first. Files whose name is not a time are left out, as in TiUP.</summary>
    public static IReadOnlyList<AuditRecord> List(TiupHome home)
    {
        try
        {
            return
            [
                .. Directory.EnumerateFiles(home.AuditDirectory)
                    .Select(AuditRecord.TryRead)
                    .OfType<AuditRecord>()
                    .OrderBy(record => record.Time)
                    .ThenBy(record => record.Id, StringComparer.Ordinal),
            ];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"cannot read {home.AuditDirectory}: {failure.Message.TrimEnd('.')}; run the command as the user that owns it", failure);
        }
    }

    /// <summary>The lines of one record, the command line first, as they are in the file.</summary>
    /// <exception cref="ClusterException">There is no such record.</exception>
    public static IReadOnlyList<string> Read(TiupHome home, string id)
    {
        var path = Path.Combine(home.AuditDirectory, id);
        return Base52.TryDecodeTime(id) is not null && !id.Contains('/', StringComparison.Ordinal) && File.Exists(path)
            ? File.ReadAllLines(path)
            : throw new ClusterException($"cannot find the audit log '{id}' in {home.AuditDirectory}; `tiup dm audit` lists the ones that there are");
    }

    /// <summary>Adds a line in the shape of TiUP's: time, level (INFO, WARN, ERROR), message, a JSON object.</summary>
    public Task WriteAsync(string level, string message, string? json = null, CancellationToken cancellation = default)
    {
        var stamp = _time.GetLocalNow();
        var zone = stamp.Offset == TimeSpan.Zero ? "Z" : stamp.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
        var line = $"{stamp.ToString("yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture)}{zone}\t{level}\t{OneField(message)}";
        return _log.AppendAsync(json is null ? line : $"{line}\t{OneField(json)}", cancellation: cancellation);
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    /// <summary>Line breaks and tabs, which end lines and fields; in JSON they stand only between tokens.</summary>
    private static string OneField(string text) => text.ReplaceLineEndings(" ").Replace('\t', ' ');
}
