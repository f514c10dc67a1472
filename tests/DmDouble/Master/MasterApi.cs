using System.Text.Json.Nodes;
using DmDouble.Processes;
using DmDouble.Raft;
using DmDouble.State;
using DmDouble.Tracing;
using DmDouble.Wire;
using Microsoft.AspNetCore.Http;

namespace DmDouble.Master;

/// <summary>The client port of a dm-master: what a real one answers there, and nothing else.</summary>
internal sealed class MasterApi(
    MasterOptions options, BuildStamp stamp, RaftDriver raft, Election election, InternalClient client, InternalCalls calls, KnobFile knobs, Trace trace)
{
    private static readonly string[] LeaderOps = ["InvalidLeaderOp", "EvictLeaderOp", "CancelEvictLeaderOp"];
    private readonly Members _members = new(raft, election, client, knobs);
    private readonly Tasks _tasks = new(raft, election, new WorkerClients(client), knobs);

    /// <summary>Requests hang until this completes, as they do before etcd is ready.</summary>
    public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task HandleAsync(HttpContext context)
    {
        await Ready.Task.WaitAsync(context.RequestAborted);
        var isInternal = HttpHost.IsInternal(context);
        if (isInternal && await calls.TryHandleAsync(context))
        {
            return;
        }

        if (knobs.Now.SlowRepliesMs is > 0 and var slow && !isInternal)
        {
            await Task.Delay(slow, context.RequestAborted);
        }

        await HttpHost.SendAsync(context, await AnswerAsync(context, isInternal));
    }

    private async Task<Reply> AnswerAsync(HttpContext context, bool isForwarded)
    {
        var path = context.Request.Path.Value!;
        if (path.StartsWith("/apis/", StringComparison.Ordinal))
        {
            var reply = path.StartsWith(ApiCall.Prefix, StringComparison.Ordinal)
                ? await GatewayAsync(ApiCall.From(context, await HttpHost.BodyAsync(context)), isForwarded, context.RequestAborted)
                : Reply.NotImplemented;
            if (reply.Status == 501)
            {
                trace.UnknownCall(context.Request.Method, path);
            }

            return reply;
        }

        switch (path)
        {
            case "/status":
                return Reply.Text(200, stamp.Describe());
            case "/health":
                return await HealthAsync(context.RequestAborted);
            case "/version":
                return new Reply(200, """{"etcdserver":"3.5.15","etcdcluster":"3.5.0"}""");
            case "/livez" or "/readyz":
                return await HealthAsync(context.RequestAborted) is { Status: 200 } ? Reply.Text(200, "ok") : Reply.Text(503, "");
            case "/metrics":
                return Reply.Text(200, Metrics());
            default:
                // OpenAPI is off, as TiUP leaves it.
                if (!path.StartsWith("/api/v1/", StringComparison.Ordinal))
                {
                    trace.UnknownCall(context.Request.Method, path);
                }

                return Reply.NotFound;
        }
    }

    private async Task<Reply> HealthAsync(CancellationToken cancellation)
    {
        var reason = stamp.Faults?.HealthFalse == true || knobs.Now.HealthFalse ? "ALARM NOSPACE" : "";
        if (reason.Length == 0)
        {
            try
            {
                _ = await raft.ReadAsync(cancellation);
            }
            catch (NoRaftLeaderException)
            {
                reason = raft.Node.Leader is null ? "RAFT NO LEADER" : "RANGE ERROR:etcdserver: request timed out";
            }
        }

        return reason.Length == 0
            ? new Reply(200, """{"health":"true","reason":""}""")
            : new Reply(503, $$"""{"health":"false","reason":"{{reason}}"}""" + "\n");
    }

    private async Task<Reply> GatewayAsync(ApiCall call, bool isForwarded, CancellationToken cancellation)
    {
        if (call.HasVerb)
        {
            return Reply.NotImplemented;
        }

        try
        {
            return call switch
            {
                _ when call.Is("PUT", "leader", "*") => await OperateLeaderAsync(call.Segments[1], cancellation),
                _ when call.Is("GET", "members") => await OnLeaderAsync(call, isForwarded, c => _members.ListAsync(call, c), cancellation),
                _ when call.Is("DELETE", "members", "*", "*") => await OnLeaderAsync(call, isForwarded, c => _members.OfflineAsync(call.Segments[1], call.Segments[2], c), cancellation),
                _ when call.Is("GET", "status", "*") => await OnLeaderAsync(call, isForwarded, c => _tasks.StatusAsync(call.Segments[1], call.Values("sources"), c), cancellation),
                _ when call.Is("PUT", "tasks", "*") => await OnLeaderAsync(call, isForwarded, c => _tasks.OperateAsync(call.Segments[1], call.BodyObject(), c), cancellation),
                _ when call.Is("PUT", "sources") => await OnLeaderAsync(call, isForwarded, c => _tasks.SourcesAsync(call.BodyObject(), c), cancellation),
                _ => Reply.NotImplemented,
            };
        }
        catch (ApiArgumentException e)
        {
            return Reply.BadRequest(e.Message);
        }
        catch (NoRaftLeaderException e)
        {
            return Reply.Unknown(e.Message);
        }
    }

    private async Task<Reply> OperateLeaderAsync(string op, CancellationToken cancellation)
    {
        var number = int.TryParse(op, out _) || LeaderOps.Contains(op)
            ? ApiCall.Enum(op, LeaderOps)
            : throw new ApiArgumentException($"could not parse path as enum value, parameter: op, error: {op} is not valid");
        switch (number)
        {
            case 1:
                await election.EvictAsync(cancellation);
                break;
            case 2:
                await election.CancelEvictAsync(cancellation);
                break;
            default:
                return Reply.Failed("operate InvalidLeaderOp is not supported");
        }

        return Reply.Ok(new JsonObject { ["result"] = true, ["msg"] = "" });
    }

    /// <summary>DM's <c>sharedLogic</c>: the leader answers; a follower sends the call on, once.</summary>
    private async Task<Reply> OnLeaderAsync(ApiCall call, bool isForwarded, Func<CancellationToken, Task<Reply>> answer, CancellationToken cancellation)
    {
        await election.WaitWhileStartingAsync(cancellation);
        if (election.Phase is LeaderPhase.WithoutScheduler or LeaderPhase.Serving)
        {
            return await answer(cancellation);
        }

        if (isForwarded || knobs.Now.NoForward || election.Leader is not { } leader || leader.Name == options.Name)
        {
            return Reply.Unknown(DmErrors.NotLeader);
        }

        await Task.Delay(100, cancellation);
        try
        {
            return await client.ForwardAsync(leader.Addr, call.Method, call.PathAndQuery, call.Body, cancellation);
        }
        catch (HttpRequestException)
        {
            return Reply.Unavailable($"all SubConns are in TransientFailure, latest connection error: connection error: desc = \"transport: Error while dialing dial tcp {leader.Addr}: connect: connection refused\"");
        }
    }

    private string Metrics()
    {
        var node = raft.Node;
        var workers = string.Concat(node.State.Workers.Values.Select(w => $"dm_master_worker_state{{worker=\"{w.Name}\"}} {(w.Stage == "offline" ? 0 : w.Stage == "free" ? 1 : 2)}\n"));
        return $"etcd_server_has_leader {(node.Leader is null ? 0 : 1)}\netcd_server_is_leader {(node.IsLeader ? 1 : 0)}\n" +
            $"etcd_server_proposals_applied_total {node.Committed.Index}\netcd_server_proposals_committed_total {node.Committed.Index}\n{workers}";
    }
}
