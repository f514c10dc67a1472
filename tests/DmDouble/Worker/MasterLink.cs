using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using DmDouble.Master;
using DmDouble.Processes;
using DmDouble.Raft;
using DmDouble.State;
using DmDouble.Wire;

namespace DmDouble.Worker;

/// <summary>What a worker has to do with its masters: registration, keepalive, and the watch on its bound (<c>dm/worker/join.go</c>).</summary>
internal sealed class MasterLink(WorkerOptions options, InternalClient client, KnobFile knobs, DmLog log)
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);
    private int _endpoint;
    private string? _lease;

    public SubTasks? SubTasks { get; set; }

    /// <summary>Each endpoint in turn, five rounds, a second apart.</summary>
    public async Task<bool> RegisterAsync(Task stop)
    {
        for (var round = 0; round < 5; round++)
        {
            foreach (var endpoint in options.Join)
            {
                try
                {
                    var reply = await client.CallAsync(
                        endpoint, "/pb.Master/RegisterWorker", new RegisterRequest(options.Name, options.AdvertiseAddr),
                        InternalJson.Default.RegisterRequest, InternalJson.Default.RegisterReply, TimeSpan.FromSeconds(3), CancellationToken.None);
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

                if (stop.IsCompleted)
                {
                    return false;
                }
            }

            await Task.WhenAny(stop, Task.Delay(TimeSpan.FromSeconds(1)));
        }

        return false;
    }

    /// <summary>Holds the lease; when it is lost, drops the source and tries again every second.</summary>
    public async Task KeepAliveAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await HoldLeaseAsync(stop);
            }
            catch (Exception e) when (e is HttpRequestException or RefusedException)
            {
                log.Warn("keepalive failed", ("error", e.Message));
            }
            catch (OperationCanceledException)
            {
                return;
            }

            SubTasks!.Kill();
            await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(1), stop));
        }
    }

    /// <summary>Follows the bound.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        var seen = "";
        while (!stop.IsCancellationRequested)
        {
            var lease = Volatile.Read(ref _lease);
            try
            {
                if (lease is not null)
                {
                    var view = await CallAsync(
                        "/etcd/watch", new WatchRequest(options.Name, seen), InternalJson.Default.WatchRequest, InternalJson.Default.WorkerView, TimeSpan.FromSeconds(7), stop);
                    if (view.Version != seen && lease == Volatile.Read(ref _lease))
                    {
                        log.Info("receive source bound", ("source", view.Source?.Name ?? ""));
                        await SubTasks!.BecomeAsync(view.Source);
                        seen = view.Version;
                    }
                }
                else
                {
                    seen = "";
                    await Task.Delay(20, stop);
                }
            }
            catch (HttpRequestException)
            {
                await Task.WhenAny(Task.Delay(50, stop));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    public async Task RevokeAsync()
    {
        if (Interlocked.Exchange(ref _lease, null) is { } lease)
        {
            try
            {
                await ProposeAsync(new RevokeLease(lease), CancellationToken.None);
            }
            catch (Exception e) when (e is HttpRequestException or RefusedException)
            {
                log.Warn("revoke failed", ("error", e.Message));
            }
        }
    }

    /// <returns>Whether the checkpoint is written.</returns>
    public async Task<bool> FlushAsync(string source, string task, long position)
    {
        try
        {
            await ProposeAsync(new Checkpoint(source, task, position), CancellationToken.None);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or RefusedException)
        {
            log.Warn("flush failed", ("error", e.Message));
            return false;
        }
    }

    private async Task HoldLeaseAsync(CancellationToken stop)
    {
        var ttl = options.KeepaliveTtl ?? TimeSpan.FromMilliseconds(knobs.Now.KeepaliveTtlMs);
        var lease = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var keptAt = DateTimeOffset.UtcNow;
        await ProposeAsync(new GrantLease(new Lease(lease, (int)ttl.TotalMilliseconds)), stop);
        await ProposeAsync(new KeepAlive(options.Name, lease), stop);
        Volatile.Write(ref _lease, lease);
        log.Info("start to keepalive with master");
        try
        {
            var next = keptAt + (ttl / 3);
            while (true)
            {
                await Task.Delay(Max(next - DateTimeOffset.UtcNow, TimeSpan.FromMilliseconds(20)), stop);
                var askedAt = DateTimeOffset.UtcNow;
                try
                {
                    if (!(await CallAsync("/etcd/keep-lease", new LeaseRequest(lease), RaftJson.Default.LeaseRequest, RaftJson.Default.LeaseReply, Min(Short, ttl / 6), stop)).Alive)
                    {
                        return;
                    }

                    keptAt = askedAt;
                    next = keptAt + (ttl / 3);
                }
                catch (HttpRequestException) when (DateTimeOffset.UtcNow - keptAt < ttl * 0.8)
                {
                    next = DateTimeOffset.UtcNow + Min(TimeSpan.FromMilliseconds(500), ttl / 20);
                }
            }
        }
        finally
        {
            if (!stop.IsCancellationRequested)
            {
                Volatile.Write(ref _lease, null);
            }
        }
    }

    private async Task ProposeAsync(Command command, CancellationToken stop)
    {
        HttpRequestException? last = null;
        for (var i = 0; i < 2 * options.Join.Count; i++)
        {
            try
            {
                var reply = await CallAsync("/etcd/propose", new ProposeRequest(command), RaftJson.Default.ProposeRequest, RaftJson.Default.ProposeReply, Short, stop);
                if (reply.Refused is not null)
                {
                    throw new RefusedException(reply.Refused);
                }

                return;
            }
            catch (HttpRequestException e)
            {
                last = e;
                await Task.Delay(20, stop);
            }
        }

        throw last!;
    }

    /// <summary>Calls one master; after a failure the next call goes to the next one.</summary>
    private async Task<TReply> CallAsync<TRequest, TReply>(
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType, TimeSpan limit, CancellationToken stop)
    {
        var index = Volatile.Read(ref _endpoint);
        try
        {
            return await client.CallAsync(options.Join[index % options.Join.Count], path, request, requestType, replyType, limit, stop);
        }
        catch (HttpRequestException)
        {
            Interlocked.CompareExchange(ref _endpoint, index + 1, index);
            throw;
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
