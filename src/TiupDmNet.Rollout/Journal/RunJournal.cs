using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using TiupDmNet.Clusters;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Planning;
using TiupDmNet.Storage;

namespace TiupDmNet.Rollout.Journal;

/// <summary>
/// One run, line by line, in <c>dm-patch/journal/</c> of the cluster's directory. A line is on the disk before the run goes on,
/// so that the next run knows what a killed one had in hand.
/// </summary>
internal sealed class RunJournal : IRolloutListener, IAsyncDisposable
{
    private readonly AppendLog _log;

    private RunJournal(AppendLog log) => _log = log;

    public static async Task<RunJournal> BeginAsync(Cluster cluster, RolloutContext context, PatchRequest request, PatchPlan plan, IEnumerable<string> inHand)
    {
        var directory = DirectoryOf(cluster);
        Directory.CreateDirectory(directory);
        var now = context.Time.GetUtcNow();
        var name = $"{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture)}-{Environment.ProcessId}.jsonl";
        var journal = new RunJournal(AppendLog.Open(Path.Combine(directory, name)));
        await journal._log.AppendAsync(new JObject
        {
            ["schema"] = 1,
            ["time"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["event"] = "runBegun",
            ["command"] = new JArray(request.CommandLine),
            ["operator"] = context.Operator,
            ["machine"] = context.Machine,
            ["package"] = plan.GivenPackage,
            ["sha256"] = plan.Package.Sha256,
            ["executable"] = plan.Package.Executable.Sha256,
            ["nodes"] = new JArray(plan.Nodes.Select(node => node.Node.Id)),
            // Carried over: the next run reads the newest journal only.
            ["inHand"] = new JArray(inHand),
        }.ToString(Formatting.None)).ConfigureAwait(false);
        return journal;
    }

    public async ValueTask OnEventAsync(RolloutEvent happened)
    {
        if (!happened.IsTransient)
        {
            await _log.AppendAsync(EventJson.Write(happened).ToString(Formatting.None)).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    internal static string DirectoryOf(Cluster cluster) => Path.Combine(cluster.Paths.DmPatch, "journal");
}
