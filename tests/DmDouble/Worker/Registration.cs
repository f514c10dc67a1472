using System.Security.Cryptography;
using DmDouble.Master;
using DmDouble.Processes;
using DmDouble.State;

namespace DmDouble.Worker;

/// <summary>The worker's keepalive in etcd and its watch for orders (<c>dm/worker/join.go</c>).</summary>
internal sealed class Registration(string name, TimeSpan ttl, MasterClient masters, SourceWorker source, DmLog log)
{
    private static readonly TimeSpan s_flush = TimeSpan.FromSeconds(1);
    private string? _lease;

    /// <summary>Keeps the lease; when it is lost, drops the source and begins anew every second.</summary>
    public async Task KeepAsync(CancellationToken stop)
    {
        try
        {
            var keptAt = DateTimeOffset.UtcNow;
            var flushedAt = keptAt;
            while (true)
            {
                try
                {
                    if (_lease is null)
                    {
                        await GrantAsync(stop);
                        keptAt = DateTimeOffset.UtcNow;
                    }
                    else if (DateTimeOffset.UtcNow - keptAt >= ttl / 3)
                    {
                        if (await masters.KeepLeaseAsync(_lease, stop))
                        {
                            keptAt = DateTimeOffset.UtcNow;
                        }
                        else
                        {
                            await LoseAsync();
                        }
                    }

                    if (DateTimeOffset.UtcNow - flushedAt > s_flush)
                    {
                        flushedAt = DateTimeOffset.UtcNow;
                        await FlushAsync();
                    }
                }
                catch (HttpRequestException) when (_lease is not null && DateTimeOffset.UtcNow - keptAt > ttl)
                {
                    await LoseAsync();
                }
                catch (HttpRequestException e)
                {
                    log.Warn("keepalive failed", ("error", e.Message));
                }

                await Task.Delay(_lease is null ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(200), stop);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Follows the orders.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        var seen = "";
        try
        {
            while (true)
            {
                if (_lease is null)
                {
                    seen = "";
                    await Task.Delay(50, stop);
                    continue;
                }

                try
                {
                    var view = await masters.WatchAsync(new WatchRequest(name, seen), stop);
                    if (view.Version != seen && _lease is not null)
                    {
                        seen = view.Version;
                        await source.ApplyAsync(view.Source);
                    }
                }
                catch (HttpRequestException)
                {
                    await Task.Delay(200, stop);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Writes down how far the subtasks came.</summary>
    public async Task FlushAsync()
    {
        foreach (var checkpoint in source.Checkpoints())
        {
            try
            {
                await masters.ProposeAsync(checkpoint, CancellationToken.None);
            }
            catch (HttpRequestException)
            {
                // The next flush has it.
            }
        }
    }

    /// <summary>Gives the lease back, so that the masters know at once.</summary>
    public async Task RevokeAsync()
    {
        if (_lease is { } lease)
        {
            try
            {
                await masters.ProposeAsync(new RevokeLease(lease), CancellationToken.None);
            }
            catch (HttpRequestException)
            {
                // Then it runs out.
            }
        }
    }

    private async Task GrantAsync(CancellationToken stop)
    {
        var lease = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        await masters.ProposeAsync(new GrantLease(new Lease(lease, (int)ttl.TotalMilliseconds)), stop);
        if (await masters.ProposeAsync(new KeepAlive(name, lease), stop) is { } refused)
        {
            log.Warn("keepalive refused", ("error", refused));
            return;
        }

        _lease = lease;
        log.Info("start to keepalive with master", ("name", name));
    }

    private async Task LoseAsync()
    {
        _lease = null;
        log.Warn("keepalive with master goroutine paused, kill all subtasks");
        await source.KillAsync();
    }
}
