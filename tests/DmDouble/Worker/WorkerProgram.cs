using System.Text.Json;
using DmDouble.Master;
using DmDouble.Processes;
using DmDouble.State;
using DmDouble.Tracing;
using DmDouble.Wire;
using Microsoft.AspNetCore.Http;

namespace DmDouble.Worker;

/// <summary>dm-worker from its command line to its exit code.</summary>
internal static class WorkerProgram
{
    public static int? TryParse(IReadOnlyList<string> args, BuildStamp stamp, out Settings settings) =>
        DmProcess.TryParse(args, stamp, WorkerOptions.Names, DmErrors.UnknownWorkerOptions, out settings);

    public static async Task<int> RunAsync(Settings settings, BuildStamp stamp)
    {
        WorkerOptions options;
        try
        {
            options = WorkerOptions.From(settings);
        }
        catch (Exception e) when (e is FormatException or IOException or System.Security.Cryptography.CryptographicException)
        {
            return DmProcess.WrongUsage(e.Message);
        }

        var knobs = new KnobFile(KnobFile.Name);
        using var log = new DmLog(options.LogFile);
        log.Info("Welcome to dm-worker", ("release-version", stamp.Version), ("git-hash", stamp.Commit), ("git-branch", stamp.Branch), ("utc-build-time", stamp.BuiltAt));
        using var trace = new Trace(Trace.FileName, "dm-worker", options.Name);
        using var client = new InternalClient(options.Tls);
        List<IDisposable> signals = [];
        var stop = DmProcess.StopSignal(knobs, signals);
        DmProcess.CrashLater(stamp);
        try
        {
            return await RunAsync(options, stamp, knobs, log, trace, new MasterClient(client, options.Join), stop);
        }
        finally
        {
            trace.Stopped();
            signals.ForEach(s => s.Dispose());
        }
    }

    private static async Task<int> RunAsync(WorkerOptions options, BuildStamp stamp, KnobFile knobs, DmLog log, Trace trace, MasterClient masters, Task stop)
    {
        var source = new SourceWorker(options.Name, stamp, knobs, trace, log);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var address = HostPort.Parse(options.WorkerAddr);
        await using var http = new HttpHost(options.Tls, [new HttpEndpoint(address.Host, address.Port, ClientCertificate: false, async context =>
        {
            await ready.Task.WaitAsync(context.RequestAborted);
            await AnswerAsync(context, stamp, source, knobs, trace);
        })]);
        try
        {
            await http.StartAsync();
        }
        catch (IOException e)
        {
            log.Error("fail to start dm-worker", ("error", e.Message));
            return 2;
        }

        await Task.WhenAny(stop, Task.Delay(knobs.Now.StartDelayMs));
        if (stamp.Faults?.NeverJoin == true)
        {
            await stop;
            return 0;
        }

        if (!await JoinAsync(options, masters, log, stop))
        {
            return stop.IsCompleted ? 0 : 2;
        }

        ready.SetResult();
        log.Info("listening gRPC API and status request", ("address", options.WorkerAddr));
        using var stopping = new CancellationTokenSource();
        var ttl = TimeSpan.FromMilliseconds(options.KeepaliveTtlSeconds * 1000 ?? knobs.Now.KeepaliveTtlMs);
        var registration = new Registration(options.Name, ttl, masters, source, log);
        var keeping = registration.KeepAsync(stopping.Token);
        var watching = registration.WatchAsync(stopping.Token);

        await stop;
        log.Info("dm-worker is closing");
        if (knobs.Now.LegacyStopOrder)
        {
            // Before v6.0: another worker may get the source while this one still writes.
            await stopping.CancelAsync();
            await Task.WhenAll(keeping, watching);
            await registration.RevokeAsync();
            await source.StopAsync();
        }
        else
        {
            await registration.FlushAsync();
            await source.StopAsync();
            await stopping.CancelAsync();
            await Task.WhenAll(keeping, watching);
            await registration.RevokeAsync();
        }

        await Task.Delay(knobs.Now.GracefulStopMs);
        log.Info("dm-worker closed");
        return 0;
    }

    private static async Task<bool> JoinAsync(WorkerOptions options, MasterClient masters, DmLog log, Task stop)
    {
        for (var round = 0; round < 5 && !stop.IsCompleted; round++)
        {
            try
            {
                var reply = await masters.RegisterAsync(new RegisterRequest(options.Name, options.AdvertiseAddr), CancellationToken.None);
                if (reply.Result)
                {
                    return true;
                }

                log.Info("join the cluster meet error", ("error", reply.Msg));
            }
            catch (HttpRequestException e)
            {
                log.Info("join the cluster meet error", ("error", e.Message));
            }

            await Task.WhenAny(stop, Task.Delay(TimeSpan.FromSeconds(1)));
        }

        log.Error("fail to join the cluster", ("error", DmErrors.WorkerCannotJoin));
        return false;
    }

    private static async Task AnswerAsync(HttpContext context, BuildStamp stamp, SourceWorker source, KnobFile knobs, Trace trace)
    {
        var path = context.Request.Path.Value!;
        if (HttpHost.IsInternal(context) && path == "/pb.Worker/QueryStatus")
        {
            var request = JsonSerializer.Deserialize(await HttpHost.BodyAsync(context), InternalJson.Default.StatusRequest)!;
            await HttpHost.SendAsync(context, new Reply(200, JsonSerializer.Serialize(await source.StatusAsync(request.Task), InternalJson.Default.StatusReply)));
            return;
        }

        await Task.Delay(knobs.Now.SlowRepliesMs, context.RequestAborted);
        switch (path)
        {
            case "/status":
                await HttpHost.SendAsync(context, Reply.Text(200, stamp.Describe()));
                break;
            case "/metrics":
                await HttpHost.SendAsync(context, Reply.Text(200, "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1\n"));
                break;
            default:
                trace.UnknownCall(context.Request.Method, path);
                await HttpHost.SendAsync(context, Reply.NotFound);
                break;
        }
    }
}
