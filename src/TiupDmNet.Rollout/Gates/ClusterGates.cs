using TiupDmNet.DataMigration;

namespace TiupDmNet.Rollout.Gates;

/// <summary>One gate and what was found there.</summary>
/// <param name="Gate">P1 to P7.</param>
/// <param name="Passed">It is open.</param>
/// <param name="Finding">Why, or why not.</param>
/// <param name="MayPass">A closed one may open by itself.</param>
internal sealed record GateFinding(string Gate, bool Passed, string Finding, bool MayPass = true);

/// <summary>What the gates take into account besides the observation.</summary>
internal sealed record GateRules
{
    /// <summary>Names of all dm-masters of the topology.</summary>
    public required IReadOnlyCollection<string> Masters { get; init; }

    /// <summary>Names of all dm-workers of the topology.</summary>
    public required IReadOnlyCollection<string> Workers { get; init; }

    /// <summary>Members that an interrupted run left in the middle: they may be down, all others may not.</summary>
    public IReadOnlySet<string> InHand { get; init; } = new HashSet<string>();

    /// <summary>Fewer than three masters are accepted.</summary>
    public bool AcceptControlPlaneOutage { get; init; }

    /// <summary>A dm-master is about to be stopped, so quorum arithmetic matters.</summary>
    public bool StopsMaster { get; init; }
}

/// <summary>
/// The gates P1 to P7: what must be true before a node may be touched. Pure: an observation in, findings out.
/// </summary>
internal static class ClusterGates
{
    private static readonly HashSet<string> UnsettledStages = ["New", "Pausing", "Resuming", "Stopping", "InvalidStage"];

    public static IReadOnlyList<GateFinding> Check(ClusterObservation seen, GateRules rules) =>
    [
        MastersAnswer(seen, rules),
        OneView(seen, rules),
        Quorum(seen, rules),
        WorkersThere(seen, rules),
        SourcesBound(seen, rules),
        TasksSettled(seen, rules),
    ];

    private static GateFinding MastersAnswer(ClusterObservation seen, GateRules rules)
    {
        var sick = seen.Masters
            .Where(view => view.Status is not { Healthy: true } && !rules.InHand.Contains(view.Endpoint.Name))
            .Select(view => view.Status is null ? view.Problem : $"{view.Endpoint.Name} is not healthy: {view.Status.Reason}")
            .ToList();
        return Result("P1", sick, $"{seen.Masters.Count} dm-masters answer and are healthy");
    }

    private static GateFinding OneView(ClusterObservation seen, GateRules rules)
    {
        var asked = seen.Masters.Where(view => !rules.InHand.Contains(view.Endpoint.Name)).ToList();
        var problems = new List<string>();
        foreach (var view in asked)
        {
            if (view.Members is null)
            {
                problems.Add(view.Problem);
            }
            else
            {
                problems.AddRange(view.Members.Problems.Select(problem => $"{view.Endpoint.Name} says: {problem}"));
                if (view.Members.Leader.Length == 0)
                {
                    problems.Add($"{view.Endpoint.Name} knows no leader");
                }
            }
        }

        var leaders = asked.Select(view => view.Members?.Leader ?? "").Where(name => name.Length > 0).Distinct().ToList();
        if (leaders.Count > 1)
        {
            problems.Add($"the masters do not agree who leads: {string.Join(", ", leaders)}");
        }

        var members = asked.FirstOrDefault(view => view.Members is not null)?.Members?.Masters.Select(master => master.Name).ToHashSet() ?? [];
        problems.AddRange(rules.Masters.Where(name => !members.Contains(name)).Select(name => $"{name} of the topology is no member of the cluster"));
        problems.AddRange(members.Where(name => !rules.Masters.Contains(name)).Select(name => $"{name} is a member of the cluster but not in the topology"));
        return Result("P2", problems, $"all agree that {leaders.FirstOrDefault()} leads");
    }

    private static GateFinding Quorum(ClusterObservation seen, GateRules rules)
    {
        var members = seen.Masters.Select(view => view.Members).FirstOrDefault(view => view is not null)?.Masters ?? [];
        var problems = members.Where(member => !member.Alive && !rules.InHand.Contains(member.Name)).Select(member => $"{member.Name} is not alive").ToList();
        var tooFew = rules.StopsMaster && members.Count is 1 or 2 && !rules.AcceptControlPlaneOutage;
        if (tooFew)
        {
            problems.Add($"with {members.Count} dm-master{(members.Count == 1 ? "" : "s")} there is no control plane while one restarts; say --accept-control-plane-outage if that is all right");
        }

        return Result("P3", problems, $"{members.Count} dm-masters are alive") with { MayPass = !tooFew };
    }

    private static GateFinding WorkersThere(ClusterObservation seen, GateRules rules)
    {
        if (seen.Whole is null)
        {
            return new GateFinding("P5", false, seen.Problem);
        }

        var known = seen.Whole.Workers.ToDictionary(worker => worker.Name);
        var problems = rules.Workers
            .Where(name => !rules.InHand.Contains(name))
            .Select(name => !known.TryGetValue(name, out var worker) ? $"{name} is not registered" : worker.Stage is WorkerStage.Offline ? $"{name} is offline" : "")
            .Where(problem => problem.Length > 0)
            .ToList();
        return Result("P5", problems, $"{rules.Workers.Count} dm-workers are online");
    }

    private static GateFinding SourcesBound(ClusterObservation seen, GateRules rules)
    {
        if (seen.Whole is null)
        {
            return new GateFinding("P6", false, seen.Problem);
        }

        // While a worker is down that an interrupted run had in hand, its source may have no place to go.
        var problems = rules.InHand.Overlaps(rules.Workers)
            ? []
            : seen.Whole.Sources.Where(source => source.Worker.Length == 0).Select(source => $"{source.Source} is bound to no worker{(source.Message.Length > 0 ? $" ({source.Message})" : "")}").ToList();
        var twice = seen.Whole.Workers.Where(worker => worker.Stage == WorkerStage.Bound && worker.Source.Length > 0).GroupBy(worker => worker.Source).Where(group => group.Count() > 1);
        problems.AddRange(twice.Select(group => $"{group.Key} is bound to more than one worker: {string.Join(", ", group.Select(worker => worker.Name))}"));
        return Result("P6", problems, $"{seen.Whole.Sources.Count} sources are bound");
    }

    private static GateFinding TasksSettled(ClusterObservation seen, GateRules rules)
    {
        if (seen.Whole is null)
        {
            return new GateFinding("P7", false, seen.Problem);
        }

        var unbound = seen.Whole.Sources.Where(source => source.Worker.Length == 0).Select(source => source.Source).ToHashSet();
        var considered = seen.Whole.Subtasks.Where(subtask => rules.InHand.Count == 0 || !unbound.Contains(subtask.Source));
        var problems = considered
            .Where(subtask => UnsettledStages.Contains(subtask.Stage) || (subtask.Stage == "Paused" && subtask.Errors.Count > 0))
            .Select(subtask => $"{subtask.Task} on {subtask.Source} is {subtask.Stage}{(subtask.Errors.Count > 0 ? $": {subtask.Errors[0]}" : "")}")
            .ToList();
        if (rules.InHand.Count == 0)
        {
            problems.AddRange(seen.Whole.Problems);
        }

        return Result("P7", problems, $"{seen.Whole.Subtasks.Count} subtasks are settled");
    }

    private static GateFinding Result(string gate, IReadOnlyList<string> problems, string well) =>
        problems.Count == 0 ? new GateFinding(gate, true, well) : new GateFinding(gate, false, string.Join("; ", problems.Distinct()));
}
