using TiupDmNet.Packages;

namespace TiupDmNet.Rollout.Events;

/// <summary>
/// Something happened in a run. The journal, the audit file, the terminal and the JSON stream are listeners to the
/// same events; nothing else reports.
/// </summary>
public abstract record RolloutEvent
{
    /// <summary>When, by the clock of this machine.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The node it is about, "" for none.</summary>
    public string NodeId { get; init; } = "";

    /// <summary>One line for a person, without time and node.</summary>
    public abstract string Describe();

    /// <summary>Too frequent for logs and journal.</summary>
    public virtual bool IsTransient => false;
}

/// <summary>Something the operator should know; nothing failed.</summary>
public sealed record Notice(string Text) : RolloutEvent
{
    public override string Describe() => Text;
}

public sealed record HostChecked(string Host) : RolloutEvent
{
    public override string Describe() => $"{Host} is reachable and fit";
}

/// <param name="Gate">P1 … P7, as in the documentation.</param>
/// <param name="Finding">What was seen.</param>
public sealed record GatePassed(string Gate, string Finding) : RolloutEvent
{
    public override string Describe() => $"{Gate}: {Finding}";
}

/// <summary>All gates are open for a node.</summary>
public sealed record GatesOpen(IReadOnlyList<string> Findings) : RolloutEvent
{
    public override string Describe() => $"gates open ({string.Join("; ", Findings)})";
}

public sealed record UploadAdvanced(string Host, long Bytes, long Total) : RolloutEvent
{
    public override bool IsTransient => true;

    public override string Describe() => $"uploading to {Host}: {Bytes} of {Total} bytes";
}

public sealed record PackageUploaded(string Host, string How) : RolloutEvent
{
    public override string Describe() => $"package on {Host} ({How})";
}

/// <param name="Build">What the new binary says on that host.</param>
public sealed record NodeStaged(BuildInfo Build) : RolloutEvent
{
    public override string Describe() => $"staged; runs there as {Build.ReleaseVersion} {Short(Build.GitCommit)}".TrimEnd();

    internal static string Short(string commit) => commit.Length > 12 ? commit[..12] : commit;
}

/// <summary>The turn of a node begins.</summary>
public sealed record NodeBegun(int Number, int Count, string Action) : RolloutEvent
{
    public override string Describe() => $"{Action} ({Number} of {Count})";
}

public sealed record LeaderEvicted : RolloutEvent
{
    public override string Describe() => "leader; asked to step down";
}

public sealed record LeaderMoved(string NewLeader) : RolloutEvent
{
    public override string Describe() => $"leadership is with {NewLeader} now";
}

public sealed record EvictionUndone : RolloutEvent
{
    public override string Describe() => "may lead again";
}

/// <summary>About to be stopped. From here until it is patched or restored the node is in hand.</summary>
public sealed record NodeStopping : RolloutEvent
{
    public override string Describe() => "stopping";
}

public sealed record NodeStopped(TimeSpan Took) : RolloutEvent
{
    public override string Describe() => $"stopped ({Took.TotalSeconds:0.0} s)";
}

/// <param name="Generation">Where the files that were replaced are, on the host.</param>
public sealed record FilesReplaced(string Generation) : RolloutEvent
{
    public override string Describe() => $"files replaced, the old ones are in {Generation}";
}

public sealed record NodeLaunched : RolloutEvent
{
    public override string Describe() => "started";
}

/// <summary>What the node is still waited for; changes while waiting.</summary>
public sealed record NodeAwaited(string Missing) : RolloutEvent
{
    public override bool IsTransient => true;

    public override string Describe() => $"waiting: {Missing}";
}

/// <param name="Down">From the stop to the first healthy check.</param>
public sealed record NodeHealthy(TimeSpan Down) : RolloutEvent
{
    public override string Describe() => $"healthy (away for {Down.TotalSeconds:0.0} s)";
}

public sealed record NodePatched : RolloutEvent
{
    public override string Describe() => "patched";
}

public sealed record NodeFailed(string Reason) : RolloutEvent
{
    public override string Describe() => $"FAILED: {Reason}";
}

public sealed record NodeRestored : RolloutEvent
{
    public override string Describe() => "the old files are back and the node is healthy";
}

public sealed record NodeBroken(string Reason) : RolloutEvent
{
    public override string Describe() => $"BROKEN: {Reason}";
}

/// <summary>Later scale-outs install this package.</summary>
public sealed record OverwriteRecorded(string Path) : RolloutEvent
{
    public override string Describe() => $"scale-out will install {Path}";
}

/// <summary>The last event of every run.</summary>
public sealed record RunFinished(PatchOutcome Outcome) : RolloutEvent
{
    public override string Describe() => Outcome.Message;
}
