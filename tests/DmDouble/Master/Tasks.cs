using System.Text.Json.Nodes;
using DmDouble.Processes;
using DmDouble.Raft;
using DmDouble.State;
using DmDouble.Wire;

namespace DmDouble.Master;

/// <summary>QueryStatus, OperateTask and OperateSource (<c>dm/master/server.go</c>), as a leader answers them.</summary>
internal sealed class Tasks(RaftDriver raft, Election election, WorkerClients workers, KnobFile knobs)
{
    private static readonly string[] TaskOps = ["InvalidOp", "Stop", "Pause", "Resume", "Start", "Update", "AutoResume", "Delete"];
    private static readonly string[] SourceOps = ["InvalidSourceOp", "StartSource", "UpdateSource", "StopSource", "ShowSource"];
    private static readonly string[] Since60 = ["blockDDLOwner", "conflictMsg", "totalRows", "totalRps", "recentRps", "ioTotalBytes", "dumpIOTotalBytes", "secondsBehindMaster"];

    public async Task<Reply> StatusAsync(string task, IReadOnlyList<string> wanted, CancellationToken cancellation)
    {
        var state = await raft.ReadPatientlyAsync(cancellation);
        if (election.Phase != LeaderPhase.Serving)
        {
            return Trouble(DmErrors.SchedulerNotStarted);
        }

        if (task.Length > 0 && !state.Sources.Values.Any(s => s.Tasks.ContainsKey(task)))
        {
            return Trouble($"task {task} has no source or not exist");
        }

        var entries = await Task.WhenAll(state.Sources.Values
            .Where(s => wanted.Count == 0 || wanted.Contains(s.Name))
            .Where(s => task.Length == 0 || s.Tasks.ContainsKey(task))
            .Select(s => EntryAsync(state, s, task, cancellation)));
        return Reply.Ok(new JsonObject { ["result"] = true, ["msg"] = "", ["sources"] = new JsonArray([.. entries.OfType<JsonObject>()]) });
    }

    public async Task<Reply> OperateAsync(string task, JsonObject body, CancellationToken cancellation)
    {
        var op = ApiCall.Enum(body["op"]?.ToString() ?? "0", TaskOps);
        var state = await raft.ReadPatientlyAsync(cancellation);
        var wanted = body["sources"] is JsonArray list ? list.Select(s => s!.GetValue<string>()).ToList() : [];
        var sources = state.Sources.Values.Where(s => s.Tasks.ContainsKey(task) && (wanted.Count == 0 || wanted.Contains(s.Name))).ToList();
        var reply = new JsonObject { ["op"] = TaskOps[op], ["result"] = false, ["msg"] = "", ["sources"] = new JsonArray() };
        var stage = op switch { 2 => "Paused", 3 => "Running", _ => null };
        if (stage is null || sources.Count == 0)
        {
            reply["msg"] = stage is null
                ? $"[code=38001:class=dm-master:scope=internal:level=medium], Message: operate {TaskOps[op]} is not supported here"
                : $"task {task} has no source or not exist, please check the task name and status";
            return Reply.Ok(reply);
        }

        await raft.ProposeAsync(new SetTaskStage(task, [.. sources.Select(s => s.Name)], stage), cancellation);
        state = raft.Node.State;
        var reached = await Task.WhenAll(sources.Select(async source =>
        {
            var worker = state.WorkerOf(source.Name);
            var trouble = worker is null ? DmErrors.NoWorkerClient(source.Name) : await workers.WaitForAsync(worker, source.Name, task, stage, cancellation);
            return (JsonNode)new JsonObject { ["result"] = trouble is null, ["msg"] = trouble ?? "", ["source"] = source.Name, ["worker"] = worker?.Name ?? "" };
        }));
        reply["result"] = true;
        reply["sources"] = new JsonArray(reached);
        return Reply.Ok(reply);
    }

    public async Task<Reply> SourcesAsync(JsonObject body, CancellationToken cancellation)
    {
        var op = ApiCall.Enum(body["op"]?.ToString() ?? "0", SourceOps);
        var state = await raft.ReadPatientlyAsync(cancellation);
        if (op != 4 || election.Phase != LeaderPhase.Serving)
        {
            return Trouble(op != 4 ? $"operate source {SourceOps[op]} is not supported here" : DmErrors.SchedulerNotStarted);
        }

        var shown = await Task.WhenAll(state.Sources.Values.Select(async source =>
        {
            var worker = state.WorkerOf(source.Name);
            var trouble = worker is null ? null : await workers.WaitForAsync(worker, source.Name, "", null, cancellation);
            return (JsonNode)new JsonObject
            {
                ["result"] = trouble is null,
                ["msg"] = worker is null ? "source is added but there is no free worker to bound" : trouble ?? "",
                ["source"] = source.Name,
                ["worker"] = worker?.Name ?? "",
            };
        }));
        return Reply.Ok(new JsonObject { ["result"] = true, ["msg"] = "", ["sources"] = new JsonArray(shown) });
    }

    private static Reply Trouble(string message) => Reply.Ok(new JsonObject { ["result"] = false, ["msg"] = message, ["sources"] = new JsonArray() });

    private async Task<JsonObject?> EntryAsync(ClusterState state, SourceEntry source, string task, CancellationToken cancellation)
    {
        if (state.WorkerOf(source.Name) is { } worker)
        {
            var (reply, error) = await workers.StatusAsync(worker, task, cancellation);
            return reply is not null ? Dated(JsonNode.Parse(reply.Json)!.AsObject()) : Entry(source.Name, worker.Name, error, []);
        }

        if (task.Length > 0)
        {
            return Entry(source.Name, "", DmErrors.NoWorkerClient(source.Name), []);
        }

        if (source.Tasks.Count == 0)
        {
            return null;
        }

        var missing = source.Tasks.Values.Select(t => (JsonNode)Dated(new JsonObject
        {
            ["name"] = t.Name,
            ["stage"] = "InvalidStage",
            ["unit"] = "InvalidUnit",
            ["result"] = null,
            ["unresolvedDDLLockID"] = "",
            ["validation"] = null,
        })).ToArray();
        var message = $"can't find task={string.Join(",", source.Tasks.Keys)} from dm-worker for source={source.Name}, please use dmctl list-member to check if worker is offline.";
        return Entry(source.Name, "source not bound", message, missing);
    }

    private static JsonObject Entry(string source, string worker, string message, JsonNode[] subTasks) => new()
    {
        ["result"] = false,
        ["msg"] = message,
        ["sourceStatus"] = new JsonObject { ["source"] = source, ["worker"] = worker, ["result"] = null, ["relayStatus"] = null },
        ["subTaskStatus"] = new JsonArray(subTasks),
    };

    /// <summary>Takes the fields away that a server of v2.0 did not have, if the knob says so.</summary>
    private JsonObject Dated(JsonObject message)
    {
        if (knobs.Now.OldJson)
        {
            _ = message.Remove("validation");
            foreach (var subTask in message["subTaskStatus"]?.AsArray() ?? [])
            {
                _ = subTask!.AsObject().Remove("validation");
                foreach (var field in Since60)
                {
                    _ = subTask["sync"]?.AsObject().Remove(field);
                }
            }
        }

        return message;
    }
}
