using System.Net;
using Newtonsoft.Json;
using TiupDmNet.DataMigration.Http;

namespace TiupDmNet.DataMigration.Protocol;

/// <summary>
/// etcd's <c>/health</c>: 200 or 503 with <c>{"health":"true","reason":""}</c>, without the reason in etcd 3.4 (DM before v6.0). True
/// means that this member is in a quorum that works, for it does a linearizable read.
/// </summary>
internal static class Health
{
    public static (bool Healthy, string Reason) Read(DmAnswer answer)
    {
        try
        {
            var document = JsonFields.ParseObject(answer.Body);
            var healthy = answer.Status == HttpStatusCode.OK && document.Flag("health") == true;
            var reason = document.Text("reason");
            return healthy ? (true, "") : (false, reason.Length > 0 ? DmText.OneLine(reason) : "its etcd says so and gives no reason");
        }
        catch (JsonException)
        {
            return (false, $"its /health answers HTTP {(int)answer.Status}: {DmText.OneLine(answer.Body)}");
        }
    }
}
