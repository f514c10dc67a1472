using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using DmDouble.State;
using DmDouble.Wire;

namespace DmDouble.Master;

/// <summary>What a worker asks its master over the internal channel: gRPC <c>pb.Master/RegisterWorker</c>.</summary>
internal sealed record RegisterRequest(string Name, string Addr);

internal sealed record RegisterReply(bool Result, string Msg);

/// <summary>A worker's watch on etcd.</summary>
/// <param name="Seen">The version that it has; the answer comes when there is another one, or after some seconds.</param>
internal sealed record WatchRequest(string Worker, string Seen);

/// <param name="Version">Changes whenever something in here does.</param>
/// <param name="Source">The source that the worker is to handle, with its tasks; null for none.</param>
internal sealed record WorkerView(string Version, SourceEntry? Source);

/// <param name="Task">Empty for all.</param>
internal sealed record StatusRequest(string Task);

/// <param name="Json">One entry of <c>sources</c> as <c>QueryStatus</c> shows it.</param>
internal sealed record StatusReply(string? Source, string Json);

/// <summary>A new master asks to be let in: etcd's MemberAdd.</summary>
internal sealed record JoinRequest(string Name, string PeerUrl);

/// <param name="InitialCluster">All members, the new one too.</param>
internal sealed record JoinReply(string InitialCluster);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RegisterRequest))]
[JsonSerializable(typeof(RegisterReply))]
[JsonSerializable(typeof(WatchRequest))]
[JsonSerializable(typeof(WorkerView))]
[JsonSerializable(typeof(StatusRequest))]
[JsonSerializable(typeof(StatusReply))]
[JsonSerializable(typeof(JoinRequest))]
[JsonSerializable(typeof(JoinReply))]
internal sealed partial class InternalJson : JsonSerializerContext;

/// <summary>A master's calls to its workers.</summary>
internal sealed class WorkerClients(InternalClient client)
{
    /// <returns>The worker's entry; null where it does not answer, with the reason.</returns>
    public async Task<(StatusReply? Reply, string Error)> StatusAsync(WorkerEntry worker, string task, CancellationToken cancellation)
    {
        try
        {
            var reply = await client.CallAsync(
                worker.Addr, "/pb.Worker/QueryStatus", new StatusRequest(task), InternalJson.Default.StatusRequest, InternalJson.Default.StatusReply, TimeSpan.FromSeconds(30), cancellation);
            return (reply, "");
        }
        catch (HttpRequestException e)
        {
            return (null, $"[code=38032:class=dm-master:scope=internal:level=high], Message: rpc error: code = Unavailable desc = {e.Message}");
        }
    }

    /// <summary>Asks up to ten times, a second apart, until the worker says that it handles the source, and all wanted tasks have their stage.</summary>
    /// <returns>Null when it does; otherwise the last entry's trouble.</returns>
    public async Task<string?> WaitForAsync(WorkerEntry worker, string source, string task, string? stage, CancellationToken cancellation)
    {
        var trouble = "";
        for (var i = 0; i < 50; i++)
        {
            var (reply, error) = await StatusAsync(worker, task, cancellation);
            if (reply is not null && reply.Source == source)
            {
                var subTasks = JsonNode.Parse(reply.Json)!["subTaskStatus"]!.AsArray();
                if (stage is null || (subTasks.Count > 0 && subTasks.All(s => s!["stage"]!.GetValue<string>() == stage)))
                {
                    return null;
                }

                trouble = $"[code=38034:class=dm-master:scope=internal:level=high], Message: operation of task {task} on source {source} has not reached stage {stage}";
            }
            else
            {
                trouble = reply is null ? error : DmErrors.NoSourceInWorker;
            }

            await Task.Delay(200, cancellation);
        }

        return trouble;
    }
}
