using TiupDmNet.DataMigration.Tests.Scripted;

namespace TiupDmNet.DataMigration.Tests;

public sealed class ProbeTests
{
    [Theory]
    [InlineData(200, """{"health":"true","reason":""}""", true, "")]
    [InlineData(200, """{"health":"true"}""", true, "")]
    [InlineData(200, """{"health":true}""", true, "")]
    [InlineData(503, "{\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}\n", false, "RAFT NO LEADER")]
    [InlineData(503, """{"health":"false"}""", false, "its etcd says so and gives no reason")]
    [InlineData(200, """{"health":"false","reason":"ALARM NOSPACE"}""", false, "ALARM NOSPACE")]
    [InlineData(404, "404 page not found", false, "its /health answers HTTP 404: 404 page not found")]
    public async Task A_master_is_as_healthy_as_its_etcd_says(int status, string body, bool healthy, string reason)
    {
        await using var master = new ScriptedMaster("m1");
        master.On("GET /status", Reply.Text(Answers.Version));
        master.On("GET /health", Reply.Json(body, status));
        using var cluster = Clusters.Of(master);

        Assert.Equal(new ProcessStatus(Answers.Version, healthy, reason), await cluster.ProbeMasterAsync(master.Endpoint, default));
    }

    [Fact]
    public async Task A_master_that_never_says_how_it_is_did_not_answer()
    {
        await using var master = new ScriptedMaster("m1");
        master.On("GET /status", Reply.Text(Answers.Version));
        master.On("GET /health", Reply.Hang);
        using var cluster = Clusters.With(Clusters.Limits with { Status = TimeSpan.FromSeconds(2) }, master);

        var failure = await Clusters.FailureOf(cluster.ProbeMasterAsync(master.Endpoint, default));

        Assert.Equal($"{master.Title} did not answer GET /health within 2 s", failure.Message);
    }

    [Fact]
    public async Task A_worker_that_answers_is_healthy()
    {
        await using var worker = new ScriptedProcess();
        worker.On("GET /status", Reply.Text(Answers.Version));
        using var cluster = Clusters.Of();

        Assert.Equal(new ProcessStatus(Answers.Version, true, ""), await cluster.ProbeWorkerAsync("127.0.0.1", worker.Port, default));
    }

    [Fact]
    public async Task Each_question_has_its_own_connection_so_that_a_restart_cuts_none()
    {
        await using var worker = new ScriptedProcess();
        worker.On("GET /status", Reply.Text(Answers.Version));
        using var cluster = Clusters.Of();

        await cluster.ProbeWorkerAsync("127.0.0.1", worker.Port, default);
        await cluster.ProbeWorkerAsync("127.0.0.1", worker.Port, default);

        Assert.All(worker.Questions, question => Assert.Equal("close", question.Headers["Connection"]));
    }

    [Fact]
    public async Task Something_else_on_the_port_is_not_DM()
    {
        await using var worker = new ScriptedProcess();
        worker.On("GET /status", Reply.Text("It works!"));
        using var cluster = Clusters.Of();

        var failure = await Clusters.FailureOf(cluster.ProbeWorkerAsync("127.0.0.1", worker.Port, default));

        Assert.Equal(DmFailure.Refused, failure.Failure);
        Assert.Equal($"dm-worker {worker.Address} answers, but not as DM does: It works!", failure.Message);
    }

    [Fact]
    public async Task A_process_without_a_status_is_not_DM()
    {
        await using var worker = new ScriptedProcess();
        worker.On("GET /status", Reply.Text("404 page not found\n", 404));
        using var cluster = Clusters.Of();

        var failure = await Clusters.FailureOf(cluster.ProbeWorkerAsync("127.0.0.1", worker.Port, default));

        Assert.Equal($"dm-worker {worker.Address} answers GET /status with HTTP 404: 404 page not found", failure.Message);
    }

    [Fact]
    public async Task A_worker_that_is_down_is_unreachable()
    {
        using var cluster = Clusters.Of();

        var failure = await Clusters.FailureOf(cluster.ProbeWorkerAsync("127.0.0.1", 1, default));

        Assert.Equal((DmFailure.Unreachable, "dm-worker 127.0.0.1:1 refuses connections"), (failure.Failure, failure.Message));
    }
}
