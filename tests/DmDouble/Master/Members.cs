using System.Globalization;
using System.Text.Json.Nodes;
using DmDouble.Processes;
using DmDouble.Raft;
using DmDouble.State;
using DmDouble.Wire;

namespace DmDouble.Master;

/// <summary>ListMember and OfflineMember (<c>dm/master/server.go</c>).</summary>
internal sealed class Members(RaftDriver raft, Election election, InternalClient client, KnobFile knobs)
{
    public async Task<Reply> ListAsync(ApiCall call, CancellationToken cancellation)
    {
        var (leader, master, worker) = (call.Flag("leader"), call.Flag("master"), call.Flag("worker"));
        var all = !leader && !master && !worker;
        var names = call.Values("names");
        var state = await raft.ReadPatientlyAsync(cancellation);
        var parts = new JsonArray();
        if (all || leader)
        {
            parts.Add(new JsonObject { ["leader"] = LeaderPart(state, names) });
        }

        if (all || master)
        {
            parts.Add(new JsonObject { ["master"] = await MasterPartAsync(state, names, cancellation) });
        }

        if (all || worker)
        {
            parts.Add(new JsonObject { ["worker"] = WorkerPart(state, names) });
        }

        return Reply.Ok(new JsonObject { ["result"] = true, ["msg"] = "", ["members"] = parts });
    }

    public async Task<Reply> OfflineAsync(string type, string name, CancellationToken cancellation)
    {
        Command? command = type switch { "worker" => new RemoveWorker(name), "master" => new RemoveMember(name), _ => null };
        if (command is null)
        {
            return Reply.Failed(DmErrors.OfflineType(type));
        }

        try
        {
            await raft.ProposeAsync(command, cancellation);
            return Reply.Ok(new JsonObject { ["result"] = true, ["msg"] = "" });
        }
        catch (RefusedException e)
        {
            return Reply.Failed(e.Message);
        }
    }

    private static JsonObject LeaderPart(ClusterState state, IReadOnlyList<string> names)
    {
        var leader = state.Leader();
        var shown = leader is not null && (names.Count == 0 || names.Contains(leader.Name));
        return new JsonObject { ["msg"] = leader is null ? DmErrors.NoLeader : "", ["name"] = shown ? leader!.Name : "", ["addr"] = shown ? leader!.Addr : "" };
    }

    private async Task<JsonObject> MasterPartAsync(ClusterState state, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        var masters = new JsonArray();
        foreach (var member in state.Members.Values.Where(m => names.Count == 0 || names.Contains(m.Name)))
        {
            // One after the other, each with its second, as DM does.
            var alive = knobs.Now.LieAboutAlive || (member.ClientUrls.Count > 0 && await client.AnswersAsync(member.ClientUrls[0], cancellation));
            masters.Add(new JsonObject
            {
                ["name"] = member.Name,
                ["memberID"] = member.Id.ToString(CultureInfo.InvariantCulture),
                ["alive"] = alive,
                ["peerURLs"] = new JsonArray(member.PeerUrl),
                ["clientURLs"] = new JsonArray([.. member.ClientUrls.Select(u => JsonValue.Create(u))]),
            });
        }

        return new JsonObject { ["msg"] = "", ["masters"] = masters };
    }

    private JsonObject WorkerPart(ClusterState state, IReadOnlyList<string> names)
    {
        if (election.Phase != LeaderPhase.Serving)
        {
            return new JsonObject { ["msg"] = DmErrors.SchedulerNotStarted, ["workers"] = new JsonArray() };
        }

        var workers = new JsonArray();
        foreach (var worker in state.Workers.Values.Where(w => names.Count == 0 || names.Contains(w.Name)))
        {
            workers.Add(new JsonObject { ["name"] = worker.Name, ["addr"] = worker.Addr, ["stage"] = worker.Stage, ["source"] = worker.Bound ?? "" });
        }

        return new JsonObject { ["msg"] = "", ["workers"] = workers };
    }
}
