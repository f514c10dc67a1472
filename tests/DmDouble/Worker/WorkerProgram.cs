using System.Text.Json;
using DmDouble.Master;
using DmDouble.Processes;
using DmDouble.Tracing;
using DmDouble.Wire;
using Microsoft.AspNetCore.Http;

namespace DmDouble.Worker;

/// <summary>dm-worker from its command line to its exit code.</summary>
internal static class WorkerProgram
{
    public static int? TryParse(IReadOnlyList<string> args, BuildStamp stamp, out Settings settings) =>
        DmProcess.TryParse(args, stamp, WorkerOptions.Names, DmErrors.UnknownWorkerOptions, out settings);

    public static Task<int> RunAsync(Settings settings, BuildStamp stamp) =>
        DmSurroundings.RunAsync(WorkerOptions.Names.Program, settings, stamp, WorkerOptions.From, ServeAsync);

    private static async Task<int> ServeAsync(WorkerOptions options, DmSurroundings around)
    {
        var (stamp, knobs, log, trace, client, stop) = around;
        var link = new MasterLink(options, client, knobs, log);
        using var subTasks = new SubTasks(options.Name, stamp, () => knobs.Now, trace, link.FlushAsync);
        link.SubTasks = subTasks;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var address = HostPort.Parse(options.WorkerAddr);
        await using var http = new HttpHost(
            options.Tls,
            [new HttpEndpoint(address.Host, address.Port, options.RequiresClientCertificate, async context =>
            {
                await ready.Task.WaitAsync(context.RequestAborted);
                if (!HttpHost.IsInternal(context) && knobs.Now.SlowRepliesMs is > 0 and var slow)
                {
                    await Task.Delay(slow, context.RequestAborted);
                }

                await HttpHost.SendAsync(context, await AnswerAsync(context, options.Name, stamp, subTasks, trace));
            })]);
        try
        {
            await http.StartAsync();
        }
        catch (IOException e)
        {
            log.Error("fail to start dm-worker", ("error", e.Message));
            return 1;
        }

        await Task.WhenAny(stop, Task.Delay(knobs.Now.StartDelayMs));
        if (stamp.Faults?.NeverJoin == true)
        {
            await stop;
            return 0;
        }

        if (!await link.RegisterAsync(stop))
        {
            if (stop.IsCompleted)
            {
                return 0;
            }

            log.Error("fail to join the cluster", ("error", DmErrors.WorkerCannotJoin));
            return 2;
        }

        ready.SetResult();
        log.Info("listening gRPC API and status request", ("address", options.WorkerAddr));
        using var stopping = new CancellationTokenSource();
        using var stopWatching = new CancellationTokenSource();
        var watch = link.WatchAsync(stopWatching.Token);
        var flush = subTasks.FlushAsync(stopWatching.Token);
        var keepAlive = link.KeepAliveAsync(stopping.Token);

        await stop;
        log.Info("receive signal, start to close");
        await stopWatching.CancelAsync();
        await Task.WhenAll(watch, flush);
        if (knobs.Now.LegacyStopOrder)
        {
            await stopping.CancelAsync();
            await link.RevokeAsync();
            await subTasks.StopAsync();
        }
        else
        {
            await subTasks.StopAsync();
            await stopping.CancelAsync();
            await link.RevokeAsync();
        }

        await Task.Delay(knobs.Now.GracefulStopMs);
        await keepAlive;
        log.Info("dm-worker closed");
        return 0;
    }

    private static async Task<Reply> AnswerAsync(HttpContext context, string name, BuildStamp stamp, SubTasks subTasks, Trace trace)
    {
        switch (context.Request.Path.Value)
        {
            case "/pb.Worker/QueryStatus" when HttpHost.IsInternal(context):
                var request = JsonSerializer.Deserialize(await HttpHost.BodyAsync(context), InternalJson.Default.StatusRequest)!;
                return new Reply(200, JsonSerializer.Serialize(subTasks.Status(request.Task), InternalJson.Default.StatusReply));
            case "/status":
                return Reply.Text(200, stamp.Describe());
            case "/metrics":
                return Reply.Text(200, string.Concat(subTasks.Stages().Select(s => $"dm_worker_task_state{{source_id=\"{subTasks.Source}\",task=\"{s.Task}\",worker=\"{name}\"}} {StageNumber(s.Stage)}\n")));
            default:
                trace.UnknownCall(context.Request.Method, context.Request.Path.Value!);
                return Reply.NotFound;
        }
    }

    private static int StageNumber(string stage) => stage switch { "New" => 1, "Running" => 2, "Paused" => 3, "Stopped" => 4, "Finished" => 5, _ => 0 };
}
