using TiupDmNet.DataMigration;

namespace TiupDmNet.Rollout.Gates;

/// <summary>Thrown when the gates stay closed.</summary>
internal sealed class GatesClosedException(string message) : Exception(message);

/// <summary>Waits until all gates are open and leadership is stable (P4), and hands out the picture that was seen then.</summary>
internal sealed class GateKeeper(DmCluster cluster, IReadOnlyList<MasterEndpoint> masters, TimeProvider time)
{
    /// <summary>Equal leaders this often in a row are called stable.</summary>
    private const int StablePolls = 3;

    /// <exception cref="GatesClosedException">Still closed at the end of <paramref name="patience"/>; the message lists what stood against it.</exception>
    public async Task<(ClusterObservation Seen, IReadOnlyList<GateFinding> Findings)> WaitAsync(GateRules rules, TimeSpan patience, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        var leader = "";
        var stable = 0;
        while (true)
        {
            var seen = await ClusterObservation.TakeAsync(cluster, masters, cancellation).ConfigureAwait(false);
            var findings = ClusterGates.Check(seen, rules);
            var closed = findings.Where(finding => !finding.Passed).ToList();
            var leads = seen.Whole?.Leader ?? "";
            if (closed.Count > 0)
            {
                stable = 0;
            }
            else
            {
                stable = leads == leader ? stable + 1 : 1;
                leader = leads;
                if (stable >= StablePolls)
                {
                    return (seen, [.. findings, new GateFinding("P4", true, $"{leader} has led all the time")]);
                }
            }

            if (time.GetElapsedTime(begun) > patience)
            {
                throw new GatesClosedException(closed.Count > 0
                    ? string.Join("; ", closed.Select(finding => $"{finding.Gate}: {finding.Finding}"))
                    : $"P4: the leader keeps changing, last to {leads}");
            }

            await Task.Delay(seen.Whole is null ? TimeSpan.FromSeconds(1) : Pace.Between(seen.Whole), time, cancellation).ConfigureAwait(false);
        }
    }
}
