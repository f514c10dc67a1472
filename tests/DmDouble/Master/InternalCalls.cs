using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DmDouble.Raft;
using DmDouble.State;
using DmDouble.Wire;
using Microsoft.AspNetCore.Http;

namespace DmDouble.Master;

/// <summary>What goes over gRPC and raft between real processes: workers and masters on the client port, members on the peer port.</summary>
internal sealed class InternalCalls(MasterOptions options, RaftDriver raft, Election election, InternalClient client)
{
    private static readonly TimeSpan WatchLimit = TimeSpan.FromSeconds(5);

    /// <summary>The client port's calls.</summary>
    public async Task<bool> TryHandleAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/pb.Master/RegisterWorker":
                await AnswerAsync(context, InternalJson.Default.RegisterRequest, InternalJson.Default.RegisterReply, RegisterAsync);
                return true;
            case "/etcd/propose":
                await AnswerAsync(context, RaftJson.Default.ProposeRequest, RaftJson.Default.ProposeReply, ProposeAsync);
                return true;
            case "/etcd/keep-lease":
                await AnswerAsync(context, RaftJson.Default.LeaseRequest, RaftJson.Default.LeaseReply, async (r, c) => new LeaseReply(await raft.KeepLeaseAsync(r.Id, c)));
                return true;
            case "/etcd/watch":
                await AnswerAsync(context, InternalJson.Default.WatchRequest, InternalJson.Default.WorkerView, WatchAsync);
                return true;
            case "/etcd/join":
                await AnswerAsync(context, InternalJson.Default.JoinRequest, InternalJson.Default.JoinReply, JoinAsync);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The peer port's calls, and the control endpoint of the stand-ins.</summary>
    public async Task HandlePeerAsync(HttpContext context)
    {
        var node = raft.Node;
        switch (context.Request.Path.Value)
        {
            case "/raft/append":
                await AnswerAsync(context, RaftJson.Default.AppendRequest, RaftJson.Default.AppendReply, (r, _) => Task.FromResult(node.OnAppend(r)));
                break;
            case "/raft/vote":
                await AnswerAsync(context, RaftJson.Default.VoteRequest, RaftJson.Default.VoteReply, (r, _) => Task.FromResult(node.OnVote(r)));
                break;
            case "/raft/propose":
                await AnswerAsync(context, RaftJson.Default.ProposeRequest, RaftJson.Default.ProposeReply, (r, c) => raft.ProposeHereAsync(r.Command, c));
                break;
            case "/raft/keep-lease":
                await AnswerAsync(context, RaftJson.Default.LeaseRequest, RaftJson.Default.LeaseReply, (r, _) => Task.FromResult(new LeaseReply(raft.KeepLeaseHere(r.Id))));
                break;
            case "/raft/read-index":
                await AnswerAsync(context, RaftJson.Default.Empty, RaftJson.Default.ReadIndexReply, (_, _) => Task.FromResult(new ReadIndexReply(raft.ReadIndexHere())));
                break;
            case "/raft/timeout-now":
                _ = raft.TimeoutNowAsync();
                await AnswerAsync(context, RaftJson.Default.Empty, RaftJson.Default.Empty, (_, _) => Task.FromResult(Empty.Value));
                break;
            case "/double/sources" when context.Request.Method == "POST":
                await AnswerAsync(context, SeedJson.Default.SeedSourceArray, RaftJson.Default.Empty, SeedAsync);
                break;
            default:
                await HttpHost.SendAsync(context, Reply.NotFound);
                break;
        }
    }

    private static async Task AnswerAsync<TRequest, TReply>(
        HttpContext context, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType, Func<TRequest, CancellationToken, Task<TReply>> answer)
    {
        Reply reply;
        try
        {
            var request = JsonSerializer.Deserialize(await HttpHost.BodyAsync(context), requestType)!;
            reply = new Reply(200, JsonSerializer.Serialize(await answer(request, context.RequestAborted), replyType));
        }
        catch (Exception e) when (e is NoRaftLeaderException or RefusedException or HttpRequestException or JsonException)
        {
            reply = Reply.Text(503, e.Message);
        }

        await HttpHost.SendAsync(context, reply);
    }

    private async Task<RegisterReply> RegisterAsync(RegisterRequest request, CancellationToken cancellation)
    {
        await election.WaitWhileStartingAsync(cancellation);
        if (election.Phase != LeaderPhase.Serving)
        {
            if (election.Leader is not { } leader || leader.Name == options.Name)
            {
                throw new NoRaftLeaderException(DmErrors.NotLeader);
            }

            await Task.Delay(100, cancellation);
            return await client.CallAsync(
                leader.Addr, "/pb.Master/RegisterWorker", request, InternalJson.Default.RegisterRequest, InternalJson.Default.RegisterReply, TimeSpan.FromSeconds(3), cancellation);
        }

        try
        {
            await raft.ProposeAsync(new RegisterWorker(request.Name, request.Addr), cancellation);
            return new RegisterReply(true, "");
        }
        catch (RefusedException e)
        {
            return new RegisterReply(false, e.Message);
        }
    }

    private async Task<ProposeReply> ProposeAsync(ProposeRequest request, CancellationToken cancellation)
    {
        try
        {
            await raft.ProposeAsync(request.Command, cancellation);
            return new ProposeReply(null, 0);
        }
        catch (RefusedException e)
        {
            return new ProposeReply(e.Message, 0);
        }
    }

    private async Task<WorkerView> WatchAsync(WatchRequest request, CancellationToken cancellation)
    {
        // Never from the past: a worker must not start what was given to another one meanwhile.
        _ = await raft.ReadAsync(cancellation);
        var limit = Task.Delay(WatchLimit, cancellation);
        while (true)
        {
            var changed = raft.Node.Changed;
            var view = View(raft.Node.State, request.Worker);
            if (view.Version != request.Seen || await Task.WhenAny(changed, limit) == limit)
            {
                cancellation.ThrowIfCancellationRequested();
                return raft.Node.Leader is not null ? view : throw new NoRaftLeaderException("etcdserver: no leader");
            }
        }
    }

    /// <summary>The version leaves out what a worker itself writes there, or it would wake itself.</summary>
    private static WorkerView View(ClusterState state, string worker)
    {
        var bound = state.Workers.GetValueOrDefault(worker)?.Bound;
        var source = bound is null ? null : state.Sources.GetValueOrDefault(bound);
        var version = source is null ? "-" : source.Name + "|" + string.Join(",", source.Tasks.Values.Select(t => $"{t.Name}:{t.Stage}:{t.Unit}"));
        return new WorkerView(version, source);
    }

    private async Task<JoinReply> JoinAsync(JoinRequest request, CancellationToken cancellation)
    {
        await raft.ProposeAsync(new AddMember(MasterOptions.NewMember(request.Name, request.PeerUrl)), cancellation);
        return new JoinReply(string.Join(",", raft.Node.State.Members.Values.Select(m => $"{m.Name}={m.PeerUrl}")));
    }

    private async Task<Empty> SeedAsync(SeedSource[] sources, CancellationToken cancellation)
    {
        foreach (var source in sources)
        {
            await raft.ProposeAsync(new AddSource(source.ToEntry(DateTimeOffset.UtcNow)), cancellation);
        }

        return Empty.Value;
    }
}
