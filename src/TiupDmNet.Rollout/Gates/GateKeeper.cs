using TiupDmNet.DataMigration;

namespace TiupDmNet.Rollout.Gates;

/// <summary>Thrown when the gates stay closed.</summary>
internal sealed class GatesClosedException(string message) : Exception(message);

/// <summary>Waits until all gates are open and leadership is stable (P4), and hands out the picture that was seen then.</summary>
internal sealed class GateKeeper(DmCluster cluster, IReadOnlyList<MasterEndpoint> masters, TimeProvider time)
{
    /// <summary>A leader that was seen, and no other, for so long is called stable.</summary>
    private static readonly TimeSpan StableFor = TimeSpan.FromSeconds(2);

    /// <summary>What was seen longer ago than this says nothing about the time between.</summary>
    private static readonly TimeSpan Blink = TimeSpan.FromSeconds(5);

    private string _leader = "";
    private long _since;
    private long _seenAt;

    /// <summary>Somebody looked at the cluster and saw this leader. Looks between two gates count, so that a gate need not watch anew.</summary>
    public void Saw(string leader)
    {
        if (leader != _leader || time.GetElapsedTime(_seenAt) > Blink)
        {
            _leader = leader;
            _since = time.GetTimestamp();
        }

        _seenAt = time.GetTimestamp();
    }

    /// <exception cref="GatesClosedException">Still closed at the end of <paramref name="patience"/>, or closed for good; the message lists what stood against it.</exception>
    public async Task<(ClusterObservation Seen, IReadOnlyList<GateFinding> Findings)> WaitAsync(GateRules rules, TimeSpan patience, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            var seen = await ClusterObservation.TakeAsync(cluster, masters, cancellation).ConfigureAwait(false);
            var findings = ClusterGates.Check(seen, rules);
            var closed = findings.Where(finding => !finding.Passed).ToList();
            Saw(closed.Count == 0 ? seen.Whole!.Leader : "");
            if (closed.Count == 0 && time.GetElapsedTime(_since) >= StableFor)
            {
                return (seen, [.. findings, new GateFinding("P4", true, $"{_leader} has led all the time")]);
            }

            if (closed.Any(finding => !finding.MayPass) || time.GetElapsedTime(begun) > patience)
            {
                throw new GatesClosedException(closed.Count > 0
                    ? string.Join("; ", closed.Select(finding => $"{finding.Gate}: {finding.Finding}"))
                    : $"P4: the leader keeps changing, last to {_leader}");
            }

            await Task.Delay(seen.Whole is null ? TimeSpan.FromSeconds(1) : Pace.Between(seen.Whole), time, cancellation).ConfigureAwait(false);
        }
    }
}
