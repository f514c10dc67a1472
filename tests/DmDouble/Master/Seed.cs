using System.Collections.Immutable;
using System.Net.Http.Json;
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

/// <summary>Puts sources and tasks into a running cluster, through the control endpoint on a dm-master's peer port.</summary>
public static class Seeding
{
    public static async Task PostAsync(HttpClient http, Uri peer, IEnumerable<SeedSource> sources, CancellationToken cancellation)
    {
        using var content = JsonContent.Create(sources.ToArray(), SeedJson.Default.SeedSourceArray);
        using var response = await http.PostAsync(new Uri(peer, "/double/sources"), content, cancellation);
        response.EnsureSuccessStatusCode();
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SeedSource[]))]
internal sealed partial class SeedJson : JsonSerializerContext;
