using TiupDmNet.DataMigration.Tests.Scripted;

namespace TiupDmNet.DataMigration.Tests;

/// <summary>Every way in which a call ends without what was asked, and the sentence for it.</summary>
public sealed class RefusalTests
{
    private const string Asked = "GET /apis/v1alpha1/members?leader=true&master=true&worker=true";

    [Theory]
    [InlineData(500, 2, Answers.NoLeader, DmFailure.NoLeader, 38043, "with HTTP 500: master is not leader, and can't forward request to leader (code 38043)")]
    [InlineData(500, 2, "etcdserver: leader changed", DmFailure.NoLeader, null, "with HTTP 500: etcdserver: leader changed")]
    [InlineData(503, 14, "connection error", DmFailure.NoLeader, null, "with HTTP 503: connection error")]
    [InlineData(504, 4, "context deadline exceeded", DmFailure.NoLeader, null, "with HTTP 504: context deadline exceeded")]
    [InlineData(501, 12, "Not Implemented", DmFailure.Refused, null, "with HTTP 501: Not Implemented")]
    [InlineData(400, 3, "type mismatch", DmFailure.Refused, null, "with HTTP 400: type mismatch")]
    [InlineData(500, 2, "[code=38018:class=dm-master:scope=internal:level=high], Message: error to apply rate limit", DmFailure.Refused, 38018, "with HTTP 500: error to apply rate limit (code 38018)")]
    public async Task An_error_of_the_gateway(int status, int code, string message, DmFailure failure, int? number, string end)
    {
        await RefusesAsync(master => master.Members(Reply.Gateway(status, code, message)), failure, $"answers {Asked} {end}", number);
    }

    [Fact]
    public async Task An_error_page_of_something_else() =>
        await RefusesAsync(master => master.Members(Reply.Text("<html>\n  <b>Bad Gateway</b>\n</html>", 502)), DmFailure.Refused, $"answers {Asked} with HTTP 502: <html> <b>Bad Gateway</b> </html>");

    [Fact]
    public async Task An_error_without_a_body() =>
        await RefusesAsync(master => master.Members(Reply.Text("", 500)), DmFailure.Refused, $"answers {Asked} with HTTP 500");

    [Fact]
    public async Task A_redirect_is_not_followed() =>
        await RefusesAsync(master => master.Members(Reply.Bytes("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")), DmFailure.Refused, $"answers {Asked} with HTTP 307");

    [Theory]
    [InlineData(Answers.NotStarted, DmFailure.NoLeader, 46001, "the scheduler has not started (code 46001)")]
    [InlineData("[code=46004:class=scheduler:scope=internal:level=medium], Message: dm-worker with name X not exists", DmFailure.Refused, 46004, "dm-worker with name X not exists (code 46004)")]
    public async Task A_result_of_false(string message, DmFailure failure, int number, string end) =>
        await RefusesAsync(master => master.Members(Reply.Json($$"""{"result":false,"msg":"{{message}}","members":[]}""")), failure, $"says no to {Asked}: {end}", number);

    [Theory]
    [InlineData("""{"msg":"","members":[]}""", "it has no \"result\"")]
    [InlineData("""[]""", "it is not an object")]
    [InlineData("""{"result":true} x""", "Additional text encountered after finished reading JSON content: x. Path '', line 1, position 16.")]
    [InlineData("""{"result":true,"members":{}}""", "\"members\" is not a list")]
    [InlineData("""{"result":true,"members":[1]}""", "\"members\" holds something that is not an object")]
    [InlineData("""{"result":true,"members":[{"leader":"m1"}]}""", "\"leader\" is not an object")]
    [InlineData("""{"result":true,"members":[{"leader":{"name":{}}}]}""", "\"name\" is not a text")]
    [InlineData("""{"result":true,"members":[{"master":{"masters":[{"alive":"maybe"}]}}]}""", "\"alive\" is neither true nor false")]
    [InlineData("""{"result":true,"members":[{"master":{"masters":[{"clientURLs":[1]}]}}]}""", "\"clientURLs\" holds something that is not a text")]
    public async Task Something_that_is_not_DMs_JSON(string body, string why) =>
        await RefusesAsync(master => master.Members(Reply.Json(body)), DmFailure.Refused, $"answers {Asked} with something that is not DM's JSON ({why})");

    [Fact]
    public async Task A_connection_that_is_reset() =>
        await RefusesAsync(master => master.Members(Reply.Reset), DmFailure.Unreachable, "closed the connection without a whole answer");

    [Fact]
    public async Task A_connection_that_ends_in_the_middle() =>
        await RefusesAsync(master => master.Members(Reply.Bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"result\":")), DmFailure.Unreachable, "closed the connection without a whole answer");

    [Fact]
    public async Task Something_that_does_not_speak_HTTP() =>
        await RefusesAsync(master => master.Members(Reply.Bytes("SSH-2.0-OpenSSH_9.2\r\n")), DmFailure.Unreachable, "answered with something that is not HTTP/1.1");

    [Fact]
    public async Task No_answer_in_time()
    {
        await using var master = new ScriptedMaster("m1").Members(Reply.Hang);
        using var cluster = Clusters.With(Clusters.Limits with { Members = TimeSpan.FromMilliseconds(250) }, master);

        var failure = await Clusters.FailureOf(cluster.ObserveMembersThroughAsync(master.Endpoint, default));

        Assert.Equal(DmFailure.Unreachable, failure.Failure);
        Assert.Equal($"{master.Title} did not answer {Asked} within 0.25 s", failure.Message);
    }

    [Fact]
    public async Task Nobody_listens()
    {
        using var cluster = new DmCluster(new DmClusterSettings { Masters = [new("m1", "::1", 1)] }, TimeProvider.System);

        var failure = await Clusters.FailureOf(cluster.ObserveAsync(default));

        Assert.Equal(DmFailure.Unreachable, failure.Failure);
        Assert.Matches(@"^dm-master m1 \(\[::1\]:1\) (refuses connections|cannot be reached: .*)$", failure.Message);
    }

    [Fact]
    public async Task A_host_that_is_none()
    {
        using var cluster = new DmCluster(new DmClusterSettings { Masters = [new("m1", "no host", 8261)] }, TimeProvider.System);

        Assert.Equal("dm-master m1 (no host:8261) has an address that cannot be used", (await Clusters.FailureOf(cluster.ObserveAsync(default))).Message);
    }

    [Fact]
    public async Task A_name_that_nobody_knows()
    {
        using var cluster = new DmCluster(new DmClusterSettings { Masters = [new("m1", "no-such-host.invalid", 8261)], Limits = Clusters.Limits }, TimeProvider.System);

        var failure = await Clusters.FailureOf(cluster.ObserveAsync(default));

        Assert.Equal("dm-master m1 (no-such-host.invalid:8261) has a host name that cannot be resolved", failure.Message);
    }

    [Fact]
    public async Task A_refusal_of_the_tasks_ends_the_wait_for_the_sources()
    {
        await using var master = new ScriptedMaster("m1").Well().Sources(Reply.Hang).Tasks(Reply.Gateway(500, 2, Answers.NoLeader));
        using var cluster = Clusters.Of(master);

        var failure = await Clusters.FailureOf(cluster.ObserveThroughAsync(master.Endpoint, default));

        Assert.Equal($"{master.Title} answers GET /apis/v1alpha1/status/ with HTTP 500: master is not leader, and can't forward request to leader (code 38043)", failure.Message);
    }

    [Fact]
    public async Task A_long_text_is_cut()
    {
        await using var master = new ScriptedMaster("m1").Members(Reply.Text(new string('x', 5000), 400));
        using var cluster = Clusters.Of(master);

        var failure = await Clusters.FailureOf(cluster.ObserveMembersThroughAsync(master.Endpoint, default));

        Assert.EndsWith($"HTTP 400: {new string('x', 300)}…", failure.Message, StringComparison.Ordinal);
    }

    private static async Task RefusesAsync(Action<ScriptedMaster> script, DmFailure kind, string message, int? code = null)
    {
        await using var master = new ScriptedMaster("m1");
        script(master);
        using var cluster = Clusters.Of(master);

        var failure = await Clusters.FailureOf(cluster.ObserveMembersThroughAsync(master.Endpoint, default));

        Assert.Equal($"{master.Title} {message}", failure.Message);
        Assert.Equal((kind, code, false), (failure.Failure, failure.Code, failure.TlsFailed));
    }
}
