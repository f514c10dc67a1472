using TiupDmNet.DataMigration.Protocol;

namespace TiupDmNet.DataMigration.Observation;

/// <summary>What the calls gave, before it is known whether the parts fit together.</summary>
internal sealed class Picture
{
    private readonly IReadOnlyList<string> _strays;

    public Picture(MemberList members, IReadOnlyList<ListedSource> sources, IReadOnlyList<SourceReport> reports)
    {
        Members = members;
        Sources = [.. sources.Where(source => source.Source.Length > 0)];
        Reports = [.. reports.Where(report => report.Source.Length > 0)];
        _strays =
        [
            .. sources.Where(source => source.Source.Length == 0).Select(source => $"an entry of the source list names no source: {Complaint(source.Message)}"),
            .. reports.Where(report => report.Source.Length == 0).Select(report => $"an entry of the task status names no source: {Complaint(report.Message)}"),
        ];
    }

    private MemberList Members { get; }

    private IReadOnlyList<ListedSource> Sources { get; }

    private IReadOnlyList<SourceReport> Reports { get; }

    /// <summary>What moved while the parts were read, as sentences; empty when they fit.</summary>
    public IReadOnlyList<string> Movement(MemberList before)
    {
        var moved = new List<string>();
        if (before.Leader != Members.Leader)
        {
            moved.Add($"the leader changed from {OrNone(before.Leader)} to {OrNone(Members.Leader)} while the cluster was being read");
        }

        var earlier = before.Workers.ToLookup(worker => worker.Name);
        moved.AddRange(Members.Workers
            .Where(worker => !earlier[worker.Name].Any(known => known.WrittenStage == worker.WrittenStage && known.Source == worker.Source))
            .Select(worker => $"dm-worker {worker.Name} became {worker.WrittenStage} while the cluster was being read"));

        // Without its worker part the member list cannot contradict.
        if (Members.Problems.Count == 0)
        {
            moved.AddRange(Sources.Where(source => source.Worker != BoundBy(source.Source)).Select(source => Contradiction(source.Source, source.Worker, BoundBy(source.Source))));
        }

        var listed = Sources.ToLookup(source => source.Source, source => source.Worker);
        moved.AddRange(Reports
            .Where(report => (report.Unbound || report.Worker.Length > 0) && !listed[report.Source].Contains(report.Worker))
            .Select(report => Contradiction(report.Source, report.Worker, listed[report.Source].FirstOrDefault(""))));
        return [.. moved.Distinct()];
    }

    public DmSnapshot ToSnapshot(MasterEndpoint master, DateTimeOffset takenAt, IReadOnlyList<string> movement)
    {
        var problems = new List<string>(Members.Problems);
        if (Members.Leader.Length == 0 && problems.Count == 0)
        {
            problems.Add("no dm-master leads");
        }

        problems.AddRange(_strays);
        problems.AddRange(movement);
        var bindings = Bindings(problems);
        var workers = bindings.ToDictionary(binding => binding.Source, binding => binding.Worker);
        return new DmSnapshot
        {
            AnsweredBy = master.Address,
            TakenAt = takenAt,
            Leader = Members.Leader,
            Masters = Members.Masters,
            Workers = Members.Workers,
            Sources = bindings,
            Subtasks = [.. Reports
                .SelectMany(report => report.Subtasks)
                .Select(subtask => subtask.Worker.Length > 0 ? subtask : subtask with { Worker = workers[subtask.Source] })
                .OrderBy(subtask => subtask.Source, StringComparer.Ordinal)
                .ThenBy(subtask => subtask.Task, StringComparer.Ordinal)],
            Problems = [.. problems.Distinct()],
        };
    }

    private List<SourceBinding> Bindings(List<string> problems)
    {
        var listed = Sources.ToLookup(source => source.Source);
        var reported = Reports.ToLookup(report => report.Source);
        return [.. listed.Select(group => group.Key)
            .Union(reported.Select(group => group.Key))
            .Order(StringComparer.Ordinal)
            .Select(source => Binding(source, listed[source].FirstOrDefault(), [.. reported[source]], problems))];
    }

    private SourceBinding Binding(string source, ListedSource? listed, IReadOnlyList<SourceReport> reports, List<string> problems)
    {
        var worker = listed?.Worker is { Length: > 0 } named ? named : BoundBy(source);
        if (worker.Length == 0)
        {
            // That it has no worker is a fact, and so is what DM says about it; the picture is not the worse for it.
            var why = listed?.Message is { Length: > 0 } message ? message : reports.Select(report => report.Message).FirstOrDefault("");
            return new SourceBinding(source, "", DmText.Readable(why));
        }

        // A worker that only pulls the relay log of a source reports it as well.
        var report = reports.FirstOrDefault(candidate => candidate.Worker == worker) ?? (reports.Count > 0 ? reports[0] : null);
        var complaints = new List<string>();
        if (listed is { Accepted: false } or { Message.Length: > 0 })
        {
            complaints.Add(Complaint(listed.Message));
        }

        if (report is { Accepted: false } or { Message.Length: > 0 })
        {
            complaints.Add(Complaint(report.Message));
        }

        if (report is null)
        {
            complaints.Add("its status is missing");
        }

        problems.AddRange(complaints.Select(complaint => $"source {source} on {worker}: {complaint}"));
        return new SourceBinding(source, worker, string.Join("; ", complaints.Concat(report?.Trouble ?? []).Distinct()))
        {
            RelayStage = report?.RelayStage ?? "",
        };
    }

    private string BoundBy(string source) =>
        Members.Workers.FirstOrDefault(worker => worker.Stage == WorkerStage.Bound && worker.Source == source)?.Name ?? "";

    private static string Complaint(string message) => message.Length > 0 ? DmText.Readable(message) : "DM gives no result and no reason";

    private static string Contradiction(string source, string one, string other) =>
        $"source {source} was on {OrNone(one)} in one list and on {OrNone(other)} in another";

    private static string OrNone(string name) => name.Length > 0 ? name : "none";
}
