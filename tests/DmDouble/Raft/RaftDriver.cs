using System.Collections.Concurrent;
using DmDouble.State;

namespace DmDouble.Raft;

/// <summary>Makes a <see cref="RaftNode"/> live: elections, heartbeats, proposals to whoever leads, leases.</summary>
internal sealed class RaftDriver : IAsyncDisposable
{
    private readonly RaftNode _node;
    private readonly IRaftTransport _transport;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _heartbeat;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _leases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task> _senders = new(StringComparer.Ordinal);
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loop = Task.CompletedTask;
    private long _leasesOfTerm = -1;

    public RaftDriver(RaftNode node, IRaftTransport transport, TimeSpan heartbeat, TimeProvider clock)
    {
        _node = node;
        _transport = transport;
        _heartbeat = heartbeat;
        _clock = clock;
    }

    public RaftNode Node => _node;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Has the leader apply the command, and waits until this member has applied it too.</summary>
    /// <exception cref="RefusedException">The state machine refuses it.</exception>
    /// <exception cref="NoRaftLeaderException">Nobody can apply it now.</exception>
    public async Task ProposeAsync(Command command, CancellationToken cancellation)
    {
        ProposeReply reply;
        if (_node.IsLeader)
        {
            reply = await ProposeHereAsync(command, cancellation);
        }
        else
        {
            try
            {
                reply = await _transport.ProposeAsync(LeaderMember(), new ProposeRequest(command), cancellation);
            }
            catch (HttpRequestException e)
            {
                throw new NoRaftLeaderException(e.Message);
            }
        }

        if (reply.Refused is not null)
        {
            throw new RefusedException(reply.Refused);
        }

        await WaitForAsync(reply.Index, cancellation);
    }

    /// <summary>The leader's side of <see cref="ProposeAsync"/>.</summary>
    public async Task<ProposeReply> ProposeHereAsync(Command command, CancellationToken cancellation)
    {
        try
        {
            var term = _node.Term;
            var index = _node.Append(command);
            if (command is GrantLease grant)
            {
                _leases[grant.Lease.Id] = _clock.GetUtcNow() + TimeSpan.FromMilliseconds(grant.Lease.TtlMs);
            }

            Wake();
            await WaitForAsync(index, cancellation);
            // Another leader may have put something else at this index.
            return _node.Term == term ? new ProposeReply(null, index) : throw new NoRaftLeaderException("etcdserver: leader changed");
        }
        catch (RefusedException e)
        {
            return new ProposeReply(e.Message, 0);
        }
    }

    /// <returns>False when the lease is gone.</returns>
    /// <exception cref="NoRaftLeaderException">Nobody can renew it now.</exception>
    public async Task<bool> KeepLeaseAsync(string id, CancellationToken cancellation)
    {
        if (_node.IsLeader)
        {
            return KeepLeaseHere(id);
        }

        try
        {
            return (await _transport.KeepLeaseAsync(LeaderMember(), new LeaseRequest(id), cancellation)).Alive;
        }
        catch (HttpRequestException e)
        {
            throw new NoRaftLeaderException(e.Message);
        }
    }

    public bool KeepLeaseHere(string id)
    {
        if (!_node.LeadsQuorum())
        {
            throw new NoRaftLeaderException("etcdserver: not leader");
        }

        if (!_node.State.Leases.TryGetValue(id, out var lease))
        {
            return false;
        }

        _leases[id] = _clock.GetUtcNow() + TimeSpan.FromMilliseconds(lease.TtlMs);
        return true;
    }

    /// <summary>Waits until this member has everything that was committed when it was asked: a linearizable read of <see cref="RaftNode.State"/>.</summary>
    /// <exception cref="NoRaftLeaderException">There is no leader with a quorum.</exception>
    public async Task<ClusterState> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            var index = _node.IsLeader ? ReadIndexHere() : (await _transport.ReadIndexAsync(LeaderMember(), cancellation)).Index;
            await WaitForAsync(index, cancellation);
            return _node.State;
        }
        catch (HttpRequestException e)
        {
            throw new NoRaftLeaderException(e.Message);
        }
    }

    /// <summary>The same, tried again for as long as etcd does: 7 s.</summary>
    /// <exception cref="NoRaftLeaderException">There was no leader with a quorum in all that time.</exception>
    public async Task<ClusterState> ReadPatientlyAsync(CancellationToken cancellation)
    {
        var until = _clock.GetUtcNow() + TimeSpan.FromSeconds(7);
        while (true)
        {
            try
            {
                return await ReadAsync(cancellation);
            }
            catch (NoRaftLeaderException) when (_clock.GetUtcNow() < until)
            {
                await Task.Delay(_heartbeat, cancellation);
            }
            catch (NoRaftLeaderException)
            {
                throw new NoRaftLeaderException("etcdserver: request timed out");
            }
        }
    }

    public long ReadIndexHere() =>
        _node.LeadsQuorum() && _node.IsInSync && _node.Committed.Term == _node.Term ? _node.Committed.Index : throw new NoRaftLeaderException("etcdserver: no leader");

    /// <summary>Gives leadership to another member, as a graceful stop does.</summary>
    public async Task HandOverAsync(CancellationToken cancellation)
    {
        if (_node.Successor() is { } successor)
        {
            try
            {
                await _transport.TimeoutNowAsync(successor, cancellation);
            }
            catch (HttpRequestException)
            {
                // The others elect one a second later.
            }
        }
    }

    /// <summary>Stands for election at once, whoever leads.</summary>
    public Task TimeoutNowAsync() => ElectAsync(_node.Stand(pre: false));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await Task.WhenAll(_senders.Values);
        _stop.Dispose();
    }

    private Member LeaderMember()
    {
        var leader = _node.Leader;
        return leader is not null && _node.Others.FirstOrDefault(m => m.Name == leader) is { } member ? member : throw new NoRaftLeaderException("etcdserver: no leader");
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_heartbeat);
        try
        {
            do
            {
                _node.CheckQuorum();
                if (_node.IsElectionDue())
                {
                    await StandAsync();
                }

                if (_node.IsLeader)
                {
                    StartSenders();
                    ExpireLeases();
                }
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task StandAsync()
    {
        var question = _node.Stand(pre: true);
        if (_node.IsMember(_node.Name) && _node.HasMajority(await CountVotesAsync(question)))
        {
            await ElectAsync(_node.Stand(pre: false));
        }
    }

    private async Task ElectAsync(VoteRequest request)
    {
        if (_node.Win(request, await CountVotesAsync(request)))
        {
            StartSenders();
            Wake();
        }
    }

    private async Task<int> CountVotesAsync(VoteRequest request)
    {
        var asked = _node.Others.Select(async member =>
        {
            try
            {
                return (await _transport.VoteAsync(member, request, _stop.Token)).Granted;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }).ToList();
        var votes = 1;
        while (asked.Count > 0 && !_node.HasMajority(votes))
        {
            var answered = await Task.WhenAny(asked);
            asked.Remove(answered);
            votes += await answered ? 1 : 0;
        }

        return votes;
    }

    private void StartSenders()
    {
        lock (_senders)
        {
            foreach (var member in _node.Others)
            {
                if (!_senders.TryGetValue(member.Name, out var running) || running.IsCompleted)
                {
                    _senders[member.Name] = Task.Run(() => SendAsync(member));
                }
            }
        }
    }

    private async Task SendAsync(Member to)
    {
        try
        {
            while (!_stop.IsCancellationRequested && _node.IsMember(to.Name) && _node.NextAppend(to.Name) is { } request)
            {
                var wake = Volatile.Read(ref _wake).Task;
                var sentAt = _clock.GetUtcNow();
                try
                {
                    var before = _node.Committed;
                    _node.OnAppendReply(to.Name, request, await _transport.AppendAsync(to, request, _stop.Token), sentAt);
                    if (!ReferenceEquals(before, _node.Committed))
                    {
                        Wake();
                    }
                }
                catch (HttpRequestException)
                {
                    // Not there. The next heartbeat asks again.
                }

                await Task.WhenAny(wake, Task.Delay(_heartbeat, _stop.Token));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>As etcd does, a new leader renews all leases in full.</summary>
    private void ExpireLeases()
    {
        var now = _clock.GetUtcNow();
        var state = _node.State;
        if (_leasesOfTerm != _node.Term)
        {
            _leasesOfTerm = _node.Term;
            _leases.Clear();
        }

        foreach (var lease in state.Leases.Values)
        {
            if (now > _leases.GetOrAdd(lease.Id, _ => now + TimeSpan.FromMilliseconds(lease.TtlMs)) && _node.LeadsQuorum())
            {
                _leases.TryRemove(lease.Id, out _);
                try
                {
                    _ = _node.Append(new RevokeLease(lease.Id));
                    Wake();
                }
                catch (NoRaftLeaderException)
                {
                    return;
                }
            }
        }
    }

    private void Wake() => Interlocked.Exchange(ref _wake, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private async Task WaitForAsync(long index, CancellationToken cancellation)
    {
        var deadline = Task.Delay(TimeSpan.FromSeconds(5), cancellation);
        while (true)
        {
            var changed = _node.Changed;
            if (_node.IsInSync && _node.Committed.Index >= index)
            {
                return;
            }

            if (await Task.WhenAny(changed, deadline) == deadline)
            {
                cancellation.ThrowIfCancellationRequested();
                throw new NoRaftLeaderException("etcdserver: request timed out");
            }
        }
    }
}
