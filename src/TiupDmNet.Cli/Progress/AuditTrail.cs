using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using TiupDmNet.Clusters;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Storage;

namespace TiupDmNet.Cli.Progress;

/// <summary>Writes what happens into the audit file of the command, as it happens.</summary>
internal sealed class AuditTrail(AuditLog log) : IRolloutListener, IAsyncDisposable
{
    public async ValueTask OnEventAsync(RolloutEvent happened)
    {
        if (!happened.IsTransient)
        {
            var text = happened.NodeId.Length > 0 ? $"{happened.NodeId} {happened.Describe()}" : happened.Describe();
            await log.WriteAsync(happened is NodeFailed or NodeBroken ? "ERROR" : "INFO", text, EventJson.Write(happened).ToString(Formatting.None));
        }
    }

    public Task NoteAsync(string what) => log.WriteAsync("INFO", what);

    public Task NoteFailureAsync(Exception failure) => QuietlyAsync(log.WriteAsync("ERROR", failure.Message));

    /// <summary>TiUP's last line.</summary>
    public Task NoteEndAsync(int exitCode) =>
        QuietlyAsync(log.WriteAsync("INFO", "Execute command finished", new JObject { ["code"] = exitCode }.ToString(Formatting.None)));

    public ValueTask DisposeAsync() => log.DisposeAsync();

    // At the end of a command a full disk must not hide how it ended.
    private static async Task QuietlyAsync(Task write)
    {
        try
        {
            await write;
        }
        catch (StorageException)
        {
        }
    }
}
