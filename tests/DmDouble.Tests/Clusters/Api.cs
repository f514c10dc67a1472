using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace DmDouble.Tests.Clusters;

/// <summary>Calls to a cluster, as its users make them.</summary>
internal static class Api
{
    public static async Task<(HttpStatusCode Status, string Body)> CallAsync(this LocalCluster cluster, LayoutNode node, string method, string path, string body = "")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), cluster.UriOf(node, path));
        if (body.Length > 0)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await cluster.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public static async Task<JsonObject> JsonAsync(this LocalCluster cluster, LayoutNode node, string method, string path, string body = "")
    {
        var (status, text) = await cluster.CallAsync(node, method, path, body);
        Assert.True(status == HttpStatusCode.OK, $"{method} {path}: {(int)status} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>Who leads, as this node says it; null where it knows nobody or does not answer properly.</summary>
    public static async Task<string?> LeaderAsync(this LocalCluster cluster, LayoutNode asked)
    {
        try
        {
            var (status, text) = await cluster.CallAsync(asked, "GET", "/apis/v1alpha1/members?leader=true");
            var name = status == HttpStatusCode.OK ? JsonNode.Parse(text)!["members"]![0]!["leader"]!["name"]!.GetValue<string>() : "";
            return name.Length > 0 ? name : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>The master that leads.</summary>
    public static async Task<LayoutNode> LeaderAsync(this LocalCluster cluster)
    {
        LayoutNode? leader = null;
        await Until.TrueAsync(
            async () =>
            {
                var names = new HashSet<string?>();
                foreach (var master in cluster.Masters)
                {
                    names.Add(await cluster.LeaderAsync(master));
                }

                leader = cluster.Masters.FirstOrDefault(m => m.Name == names.First());
                return names.Count == 1 && leader is not null;
            },
            "one leader in everybody's view");
        return leader!;
    }

    /// <summary>Worker name to (stage, source).</summary>
    public static async Task<Dictionary<string, (string Stage, string Source)>> WorkersAsync(this LocalCluster cluster, LayoutNode asked) =>
        (await cluster.JsonAsync(asked, "GET", "/apis/v1alpha1/members?worker=true"))["members"]![0]!["worker"]!["workers"]!.AsArray()
            .ToDictionary(w => w!["name"]!.GetValue<string>(), w => (w!["stage"]!.GetValue<string>(), w["source"]!.GetValue<string>()));

    /// <summary>The worker that handles a source.</summary>
    public static async Task<LayoutNode> WorkerOfAsync(this LocalCluster cluster, string source)
    {
        var workers = await cluster.WorkersAsync(cluster.Masters[0]);
        return cluster.Workers.Single(w => workers[w.Name].Source == source);
    }
}
