using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using TiupDmNet.DataMigration.Http;

namespace TiupDmNet.DataMigration.Protocol;

/// <summary>
/// The calls of v1alpha1 that this tool uses (pingcap/tiflow dm/proto/dmmaster.proto). <c>tasks/{t}</c> and <c>subtasks/{t}</c> are
/// not among them on purpose: their answers hold the passwords of databases.
/// </summary>
internal sealed class DmCalls(DmHttp http, DmLimits limits)
{
    private const string Root = "/apis/v1alpha1";

    /// <param name="master">Who is asked.</param>
    /// <param name="parts">At least one.</param>
    /// <param name="name">Only this member, or null for all. In the query, since DM takes a colon in the path for a verb.</param>
    /// <param name="limit">Null for the usual one.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<MemberList> MembersAsync(MasterEndpoint master, MemberParts parts, string? name, TimeSpan? limit, CancellationToken cancellation)
    {
        var flags = new[] { (MemberParts.Leader, "leader=true"), (MemberParts.Masters, "master=true"), (MemberParts.Workers, "worker=true") };
        var query = string.Join('&', flags.Where(flag => parts.HasFlag(flag.Item1)).Select(flag => flag.Item2));
        var names = name is null ? "" : $"&names={Uri.EscapeDataString(name)}";
        return await AskAsync(master, HttpMethod.Get, $"{Root}/members?{query}{names}", null, limit ?? limits.Members, answer => MemberList.Read(answer, parts), cancellation).ConfigureAwait(false);
    }

    public Task<IReadOnlyList<ListedSource>> SourcesAsync(MasterEndpoint master, CancellationToken cancellation) =>
        AskAsync(master, HttpMethod.Put, $"{Root}/sources", SourceList.ShowSource, limits.Sources, SourceList.Read, cancellation);

    public Task<IReadOnlyList<SourceReport>> TasksAsync(MasterEndpoint master, CancellationToken cancellation) =>
        // Without the last slash the gateway knows no such path.
        AskAsync(master, HttpMethod.Get, $"{Root}/status/", null, limits.Tasks, TaskList.Read, cancellation);

    /// <summary>Acts on the process that is asked and no other: this call is not forwarded (dm/master/server.go:1628).</summary>
    public Task<bool> OperateLeaderAsync(MasterEndpoint master, bool evict, CancellationToken cancellation) =>
        AskAsync(master, HttpMethod.Put, $"{Root}/leader/{(evict ? 1 : 2)}", null, limits.Members, _ => true, cancellation);

    public async Task<ProcessStatus> ProbeMasterAsync(MasterEndpoint master, CancellationToken cancellation)
    {
        var peer = Peer.Of(master);
        var version = VersionAsync(peer, cancellation);
        var health = http.SendAsync(peer, HttpMethod.Get, "/health", null, limits.Status, cancellation);
        await Task.WhenAll(version, health).ConfigureAwait(false);
        var (healthy, reason) = Health.Read(await health.ConfigureAwait(false));
        return new ProcessStatus(await version.ConfigureAwait(false), healthy, reason);
    }

    public async Task<ProcessStatus> ProbeWorkerAsync(string host, int port, CancellationToken cancellation) =>
        new(await VersionAsync(Peer.OfWorker(host, port), cancellation).ConfigureAwait(false), true, "");

    private async Task<string> VersionAsync(Peer peer, CancellationToken cancellation)
    {
        var answer = await http.SendAsync(peer, HttpMethod.Get, "/status", null, limits.Status, cancellation).ConfigureAwait(false);
        if ((int)answer.Status != 200)
        {
            throw new DmException(DmText.Classify(answer.Status, answer.Body), $"{peer.Title} answers GET /status with HTTP {(int)answer.Status}: {DmText.OneLine(answer.Body)}");
        }

        // Every DM since v2.0 begins so; something else on that port does not.
        return answer.Body.Contains("Release Version:", StringComparison.Ordinal)
            ? answer.Body
            : throw new DmException(DmFailure.Refused, $"{peer.Title} answers, but not as DM does: {DmText.OneLine(answer.Body)}");
    }

    private async Task<T> AskAsync<T>(MasterEndpoint master, HttpMethod method, string path, string? json, TimeSpan limit, Func<JObject, T> read, CancellationToken cancellation)
    {
        var peer = Peer.Of(master);
        var answer = await http.SendAsync(peer, method, path, json, limit, cancellation).ConfigureAwait(false);
        try
        {
            if ((int)answer.Status is < 200 or > 299)
            {
                throw Refused(answer, GatewayMessage(answer.Body), $"{peer.Title} answers {method} {path} with HTTP {(int)answer.Status}");
            }

            var document = JsonFields.ParseObject(answer.Body);
            return document.Flag("result") switch
            {
                true => read(document),
                false => throw Refused(answer, document.Text("msg"), $"{peer.Title} says no to {method} {path}"),
                null => throw new JsonException("it has no \"result\""),
            };
        }
        catch (JsonException e)
        {
            throw new DmException(DmFailure.Refused, $"{peer.Title} answers {method} {path} with something that is not DM's JSON ({DmText.OneLine(e.Message)})", e);
        }
    }

    private static DmException Refused(DmAnswer answer, string message, string sentence) =>
        new(DmText.Classify(answer.Status, message), message.Length > 0 ? $"{sentence}: {DmText.Readable(message)}" : sentence) { Code = DmText.Code(message) };

    /// <summary>The gateway writes google.rpc.Status; whatever else answers there writes what it likes.</summary>
    private static string GatewayMessage(string body)
    {
        try
        {
            var document = JsonFields.ParseObject(body);
            return document.Text("message") is { Length: > 0 } message ? message : document.Text("error");
        }
        catch (JsonException)
        {
            return body;
        }
    }
}
