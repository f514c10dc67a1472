using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DmDouble.State;

namespace DmDouble;

/// <summary>A source that a test puts into the cluster, with its tasks: what <c>dmctl operate-source create</c> and <c>start-task</c> do.</summary>
public sealed record SeedSource(string Source, IReadOnlyList<SeedTask> Tasks)
{
    internal SourceEntry ToEntry(DateTimeOffset now) =>
        new(Source, now.ToUnixTimeMilliseconds(), Tasks.ToImmutableSortedDictionary(t => t.Name, t => new TaskEntry(t.Name, t.Stage, t.Unit, t.LoadWorker)));
}

/// <param name="Stage">Running, Paused or Finished.</param>
/// <param name="Unit">Sync, Load or Dump.</param>
/// <param name="LoadWorker">For Load: the worker that has the dump files.</param>
public sealed record SeedTask(string Name, string Stage = "Running", string Unit = "Sync", string? LoadWorker = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SeedSource[]))]
internal sealed partial class SeedJson : JsonSerializerContext;
