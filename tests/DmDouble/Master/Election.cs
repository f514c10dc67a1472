using System.Security.Cryptography;
using DmDouble.Processes;
using DmDouble.Raft;
using DmDouble.State;
using DmDouble.Tracing;

namespace DmDouble.Master;

internal enum LeaderPhase
{
    Follower,

    /// <summary>Elected, loading: callers wait.</summary>
    Starting,

    /// <summary>Answers, but its scheduler has not started.</summary>
    WithoutScheduler,
    Serving,
}

/// <summary>Who is DM's leader, which is not raft's (<c>dm/pkg/election/election.go</c>).</summary>
internal sealed class Election(RaftDriver raft, string name, string addr, KnobFile knobs, Trace trace, DmLog log) : IDisposable
{
    private readonly SemaphoreSlim _step = new(1, 1);
    private volatile bool _evicted;
    private string? _lease;
    private DateTimeOffset _keptAt;
    private string? _seenLeader;
    private int _promotion;

    public LeaderPhase Phase { get; private set; }

    public Campaign? Leader => raft.Node.State.Leader();

    /// <summary>Idempotent, and done before anyone else is elected. Not kept over a restart.</summary>
    public async Task EvictAsync(CancellationToken cancellation)
    {
        if (knobs.Now.IgnoreEvict)
        {
            return;
        }

        _evicted = true;
        Retire();
        await TryStepAsync(cancellation);
    }

    public Task CancelEvictAsync(CancellationToken cancellation)
    {
        _evicted = false;
        return TryStepAsync(cancellation);
    }

    /// <summary>A node that is becoming leader lets its callers wait for a second.</summary>
    public async Task WaitWhileStartingAsync(CancellationToken cancellation)
    {
        for (var waited = 0; Phase == LeaderPhase.Starting && waited < 1000; waited += 20)
        {
            await Task.Delay(20, cancellation);
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var changed = raft.Node.Changed;
                await TryStepAsync(stop);
                await Task.WhenAny(changed, Task.Delay(knobs.Now.ElectionTtlMs / 12, stop));
                stop.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Gives the lease back, as a graceful stop does first: a successor is elected at once.</summary>
    public async Task ResignAsync(CancellationToken cancellation)
    {
        await _step.WaitAsync(cancellation);
        try
        {
            trace.Serving(false);
            if (_lease is not null)
            {
                await raft.ProposeAsync(new RevokeLease(_lease), cancellation);
            }
        }
        catch (NoRaftLeaderException)
        {
            // Then it runs out.
        }
        finally
        {
            _step.Release();
        }
    }

    public void Dispose() => _step.Dispose();

    private async Task TryStepAsync(CancellationToken cancellation)
    {
        await _step.WaitAsync(cancellation);
        try
        {
            await StepAsync(cancellation);
        }
        catch (Exception e) when (e is NoRaftLeaderException or RefusedException)
        {
            log.Warn("campaign failed", ("error", e.Message));
        }
        finally
        {
            _step.Release();
            trace.Serving(Phase == LeaderPhase.Serving && raft.Node.Leader is not null);
        }
    }

    private async Task StepAsync(CancellationToken cancellation)
    {
        await KeepSessionAsync(cancellation);
        var state = raft.Node.State;
        var leader = state.Leader();
        var isNews = leader?.LeaseId != _seenLeader;
        _seenLeader = leader?.LeaseId;
        var barred = _evicted || knobs.Now.NeverElect;

        if (leader?.Name == name && !_evicted)
        {
            Promote();
        }
        else
        {
            Retire();
            if (isNews && leader is not null)
            {
                log.Info("get new leader", ("leader", leader.Name));
                await Task.Delay(Random.Shared.Next(30), cancellation);
            }
        }

        var entered = state.Campaigns.ContainsKey(_lease!);
        if (barred && entered)
        {
            await raft.ProposeAsync(new Withdraw(_lease!), cancellation);
        }
        else if (!barred && (!entered || (isNews && leader?.Name != name)))
        {
            // Losers of an election leave the queue and enter it again, so its order is nobody's to predict.
            await raft.ProposeAsync(new Enter(_lease!, name, addr), cancellation);
        }
    }

    private async Task KeepSessionAsync(CancellationToken cancellation)
    {
        var ttl = TimeSpan.FromMilliseconds(knobs.Now.ElectionTtlMs);
        var now = DateTimeOffset.UtcNow;
        try
        {
            if (_lease is not null && now - _keptAt > ttl / 3)
            {
                if (await raft.KeepLeaseAsync(_lease, cancellation))
                {
                    _keptAt = now;
                }
                else
                {
                    _lease = null;
                }
            }
        }
        catch (NoRaftLeaderException) when (now - _keptAt > ttl)
        {
            _lease = null;
            Retire();
            throw;
        }

        if (_lease is null)
        {
            var lease = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
            await raft.ProposeAsync(new GrantLease(new Lease(lease, (int)ttl.TotalMilliseconds)), cancellation);
            (_lease, _keptAt) = (lease, now);
        }
    }

    private void Promote()
    {
        if (Phase != LeaderPhase.Follower)
        {
            return;
        }

        Phase = LeaderPhase.Starting;
        var promotion = ++_promotion;
        log.Info("current member become the leader", ("current member", name));
        _ = Task.Run(async () =>
        {
            await Task.Delay(knobs.Now.LeaderStartMs);
            Advance(promotion, LeaderPhase.WithoutScheduler);
            await Task.Delay(knobs.Now.SchedulerStartMs);
            Advance(promotion, LeaderPhase.Serving);
            trace.Serving(Phase == LeaderPhase.Serving);
        });
    }

    private void Advance(int promotion, LeaderPhase phase)
    {
        if (promotion == Volatile.Read(ref _promotion) && Phase != LeaderPhase.Follower)
        {
            Phase = phase;
        }
    }

    private void Retire()
    {
        if (Phase != LeaderPhase.Follower)
        {
            Phase = LeaderPhase.Follower;
            _promotion++;
            trace.Serving(false);
            log.Info("current member retire from the leader", ("current member", name));
        }
    }
}
