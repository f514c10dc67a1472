using System.Text;
using System.Text.Json;

namespace TiupDmNet.Lab.Tests.Clusters;

/// <summary>Who leads, who is bound to what, and what runs: what DM itself says, asked without any code of the product.</summary>
/// <param name="Leader">Name of the leader; empty when there is none.</param>
/// <param name="AliveMasters">Names.</param>
/// <param name="Bindings">Worker name to source; an empty source for a free worker. Workers that are offline are missing.</param>
/// <param name="Tasks">"task/source" to stage.</param>
public sealed record DmView(
    string Leader,
    IReadOnlySet<string> AliveMasters,
    IReadOnlyDictionary<string, string> Bindings,
    IReadOnlyDictionary<string, string> Tasks)
{
    public IReadOnlySet<string> BoundSources => Bindings.Values.Where(source => source.Length > 0).ToHashSet();

    /// <summary>Asks one master; null when it does not answer in full.</summary>
    public static async Task<DmView?> AskAsync(HttpClient client, Uri master, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            using var members = await GetAsync(client, new Uri(master, "/apis/v1alpha1/members?leader=true&master=true&worker=true"), limit.Token);
            using var status = await GetAsync(client, new Uri(master, "/apis/v1alpha1/status/"), limit.Token);
            return members is null || status is null ? null : Read(members.RootElement, status.RootElement);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or IOException ||
            (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder($"leader {Leader}; masters {string.Join(", ", AliveMasters)}; ");
        text.AppendJoin(", ", Bindings.Select(binding => $"{binding.Key}={binding.Value}")).Append("; ");
        return text.AppendJoin(", ", Tasks.Select(task => $"{task.Key} {task.Value}")).ToString();
    }

    private static DmView? Read(JsonElement members, JsonElement status)
    {
        var parts = members.GetProperty("members").EnumerateArray().ToDictionary(part => part.EnumerateObject().Single().Name, part => part.EnumerateObject().Single().Value);
        if (parts.Values.Any(part => part.GetProperty("msg").GetString() is not ""))
        {
            return null;
        }

        return new DmView(
            parts["leader"].GetProperty("name").GetString()!,
            parts["master"].GetProperty("masters").EnumerateArray()
                .Where(each => each.GetProperty("alive").GetBoolean())
                .Select(each => each.GetProperty("name").GetString()!).ToHashSet(),
            parts["worker"].GetProperty("workers").EnumerateArray()
                .Where(each => each.GetProperty("stage").GetString() != "offline")
                .ToDictionary(each => each.GetProperty("name").GetString()!, each => each.GetProperty("source").GetString()!),
            status.GetProperty("sources").EnumerateArray()
                .SelectMany(source => source.GetProperty("subTaskStatus").EnumerateArray().Select(task => (
                    Key: $"{task.GetProperty("name").GetString()}/{source.GetProperty("sourceStatus").GetProperty("source").GetString()}",
                    Stage: task.GetProperty("stage").GetString()!)))
                .ToDictionary(task => task.Key, task => task.Stage));
    }

    private static async Task<JsonDocument?> GetAsync(HttpClient client, Uri uri, CancellationToken cancellationToken)
    {
        using var response = await client.GetAsync(uri, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            return null;
        }

        var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        if (document.RootElement.GetProperty("result").GetBoolean())
        {
            return document;
        }

        document.Dispose();
        return null;
    }
}
