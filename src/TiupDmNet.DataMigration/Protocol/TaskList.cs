using Newtonsoft.Json.Linq;

namespace TiupDmNet.DataMigration.Protocol;

/// <summary>What a worker (or, for a source without one, the master) says about one source and its subtasks.</summary>
/// <param name="Worker">"" when DM gives none.</param>
/// <param name="Unbound">The master itself wrote this entry, for a source that has tasks but no worker.</param>
/// <param name="Accepted">DM's <c>result</c> for this source.</param>
/// <param name="Message">"" when there is none that matters.</param>
/// <param name="Trouble">Errors of the source (upstream not reachable) or of its relay unit.</param>
internal sealed record SourceReport(
    string Source,
    string Worker,
    bool Unbound,
    bool Accepted,
    string Message,
    IReadOnlyList<string> Trouble,
    string RelayStage,
    IReadOnlyList<Subtask> Subtasks);

/// <summary>Answer of QueryStatus without a task name (pingcap/tiflow dm/master/server.go:1157, dm/worker/server.go:805).</summary>
internal static class TaskList
{
    private const string NotBound = "source not bound";
    private const string NoSubtasks = "no sub task started";

    public static IReadOnlyList<SourceReport> Read(JObject answer) => [.. answer.Parts("sources").Select(Report)];

    private static SourceReport Report(JObject entry)
    {
        var status = entry.Part("sourceStatus") ?? [];
        var written = status.Text("worker");
        var worker = written == NotBound ? "" : written;
        var source = status.Text("source");
        var relay = status.Part("relayStatus");
        var subtasks = entry.Parts("subTaskStatus").Select(subtask => SubtaskOf(subtask, source, worker)).ToList();
        var message = entry.Text("msg");
        return new SourceReport(
            source,
            worker,
            written == NotBound,
            entry.Flag("result") ?? false,
            subtasks.Count == 0 && message == NoSubtasks ? "" : message,
            [.. ErrorsOf(status), .. (relay is null ? [] : ErrorsOf(relay)).Select(error => $"relay: {error}")],
            relay?.Text("stage") ?? "",
            subtasks);
    }

    private static Subtask SubtaskOf(JObject subtask, string source, string worker)
    {
        var sync = subtask.Part("sync");
        IEnumerable<string> remark = subtask.Text("msg") is { Length: > 0 } message ? [DmText.Readable(message)] : [];
        return new Subtask(
            subtask.Text("name"),
            source,
            worker,
            subtask.Text("stage"),
            subtask.Text("unit"),
            [.. ErrorsOf(subtask), .. remark],
            sync?.Text("syncerBinlog") ?? "",
            sync?.Number("secondsBehindMaster"),
            subtask.Text("unresolvedDDLLockID"))
        {
            SyncerGtid = sync?.Text("syncerBinlogGtid") ?? "",
        };
    }

    private static IEnumerable<string> ErrorsOf(JObject part) => part.Part("result")?.Parts("errors").Select(ErrorText) ?? [];

    private static string ErrorText(JObject error)
    {
        var said = new[] { error.Text("Message"), error.Text("RawCause") }.Where(text => text.Length > 0).ToList();
        var text = said.Count > 0 ? string.Join(": ", said) : "an error without a text";
        return DmText.OneLine(error.Text("ErrCode") is { Length: > 0 } code ? $"{text} (code {code})" : text);
    }
}
