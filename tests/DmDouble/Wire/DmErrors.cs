using System.Text.Json.Nodes;

namespace DmDouble.Wire;

/// <summary>The texts of DM's errors: <c>[code=N:class=C:scope=S:level=L], Message: ...</c>.</summary>
internal static class DmErrors
{
    public const string NotLeader = "[code=38043:class=dm-master:scope=internal:level=high], Message: master is not leader, and can't forward request to leader";
    public const string NoLeader = "[code=11108:class=functional:scope=internal:level=high], Message: fail to get leader ID, RawCause: election: no leader";
    public const string SchedulerNotStarted = "[code=46001:class=scheduler:scope=internal:level=high], Message: the scheduler has not started";
    public const string EtcdStartTimeout =
        "[code=38038:class=dm-master:scope=internal:level=high], Message: start embed etcd timeout 10s, Workaround: Please check if there is any error in the log.";

    public const string NoSourceInWorker = "[code=40070:class=dm-worker:scope=internal:level=high], Message: no mysql source is being handled in the worker";
    public const string WorkerCannotJoin = "[code=40077:class=dm-worker:scope=internal:level=high], Message: cannot join with master endpoints, Workaround: Please check network connection of worker and check worker name is unique.";

    public static string WorkerExists(string name, string addr) =>
        $"[code=46003:class=scheduler:scope=internal:level=medium], Message: dm-worker with name {name} and address {addr} already exists";

    public static string NoSuchWorker(string name) => $"[code=46004:class=scheduler:scope=internal:level=medium], Message: dm-worker with name {name} not exists";

    public static string WorkerOnline(string name) =>
        $"[code=46005:class=scheduler:scope=internal:level=medium], Message: dm-worker with name {name} is still online, Workaround: Please shut it down first.";

    public static string NoSuchMaster(string name) =>
        $"[code=38048:class=dm-master:scope=internal:level=low], Message: dm-master with name {name} not exists, Workaround: Please use list-member command to see masters.";

    public static string OfflineType(string type) => $"[code=38049:class=dm-master:scope=internal:level=low], Message: offline member type {type} is invalid";

    public static string NoWorkerClient(string source) =>
        $"[code=38029:class=dm-master:scope=internal:level=high], Message: {source} relevant worker-client not found, Workaround: Please use list-member command to see if the some workers are offline.";

    public static string UnknownMasterOptions(string keys) =>
        $"[code=38011:class=dm-master:scope=internal:level=medium], Message: master config contained unknown configuration options: {keys}, Workaround: Please check the configuration file.";

    public static string UnknownWorkerOptions(string keys) =>
        $"[code=40004:class=dm-worker:scope=internal:level=medium], Message: worker config contained unknown configuration options: {keys}, Workaround: Please check the configuration file.";
}

/// <summary>An answer of grpc-gateway: status and body.</summary>
internal sealed record Reply(int Status, string Body, string ContentType = "application/json")
{
    public static Reply Ok(JsonNode message) => new(200, ProtoJson.Print(message));

    public static Reply Text(int status, string body) => new(status, body, "text/plain; charset=utf-8");

    public static Reply NotFound { get; } = Text(404, "404 page not found\n");

    public static Reply NotImplemented { get; } = Error(501, 12, "Not Implemented");

    public static Reply BadRequest(string message) => Error(400, 3, message);

    public static Reply Unknown(string message) => Error(500, 2, message);

    public static Reply Unavailable(string message) => Error(503, 14, message);

    public static Reply Failed(string message) => Ok(new JsonObject { ["result"] = false, ["msg"] = message });

    private static Reply Error(int http, int code, string message) =>
        new(http, ProtoJson.Print(new JsonObject { ["code"] = code, ["message"] = message, ["details"] = new JsonArray() }));
}
