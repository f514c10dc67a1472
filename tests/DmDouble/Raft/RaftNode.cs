using System.Collections.Immutable;
using DmDouble.State;

namespace DmDouble.Raft;

internal sealed class NoRaftLeaderException(string message) : Exception(message);

/// <summary>
/// One member of the group that keeps <see cref="ClusterState"/>: Raft with pre-vote, check-quorum, leadership transfer and leases, over a log
/// that is always one entry long. This part keeps the rules; <see cref="RaftDriver"/> makes time pass and talks.
/// </summary>
internal sealed class RaftNode
{
    private readonly Lock _lock = new();
    private readonly RaftStorage? _storage;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _electionTimeout;
    private readonly Dictionary<string, DateTimeOffset> _acknowledged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Term, long Index)> _match = new(StringComparer.Ordinal);
    private long _term;
    private string? _votedFor;
    private DateTimeOffset _deadline;
    private TaskCompletionSource _changed = NewSignal();

    public RaftNode(string name, ClusterState initial, RaftStorage? storage, TimeSpan electionTimeout, TimeProvider clock)
    {
        Name = name;
        _storage = storage;
        _electionTimeout = electionTimeout;
        _clock = clock;
        var disk = storage?.Load();
        Latest = disk?.Entry ?? new RaftEntry(0, 0, initial);
        Committed = Latest;
        (_term, _votedFor) = (disk?.Term ?? 0, disk?.VotedFor);
        // A member that starts looks for a leader first, but not for long: with pre-vote it disturbs nobody.
        _deadline = clock.GetUtcNow() + Jitter(electionTimeout / 5);
    }

    public string Name { get; }

    public long Term
    {
        get { lock (_lock) { return _term; } }
    }

    /// <summary>The newest entry here, committed or not.</summary>
    public RaftEntry Latest { get; private set; }

    /// <summary>The newest entry known to be on a majority. After a restart: what was on disk, until a leader says more.</summary>
    public RaftEntry Committed { get; private set; }

    public ClusterState State
    {
        get { lock (_lock) { return Committed.State; } }
    }

    /// <summary>Raft's leader, not DM's. Null while none is known.</summary>
    public string? Leader { get; private set; }

    public bool IsLeader
    {
        get { lock (_lock) { return Leader == Name; } }
    }

    /// <summary>False until something was committed with this member taking part.</summary>
    public bool IsInSync { get; private set; }

    /// <summary>Completes at the next change of the committed state or of the leader.</summary>
    public Task Changed
    {
        get { lock (_lock) { return _changed.Task; } }
    }

    public IReadOnlyList<Member> Others
    {
        get { lock (_lock) { return [.. Members.Values.Where(m => m.Name != Name)]; } }
    }

    public bool IsMember(string name)
    {
        lock (_lock)
        {
            return Members.ContainsKey(name);
        }
    }

    // As in etcd a new member counts once its coming is committed, by those who were there before.
    private ImmutableSortedDictionary<string, Member> Members => Committed.State.Members;

    private int Quorum => (Members.Count / 2) + 1;

    // ---- follower ----

    public AppendReply OnAppend(AppendRequest request)
    {
        lock (_lock)
        {
            if (request.Term < _term)
            {
                return new AppendReply(_term, false);
            }

            var news = Leader != request.Leader;
            AdvanceTerm(request.Term);
            Leader = request.Leader;
            _deadline = _clock.GetUtcNow() + Jitter(_electionTimeout);
            if (request.Entry is { } entry && !Latest.Is(entry.Term, entry.Index))
            {
                Latest = entry;
                Save();
            }

            var success = Latest.Is(request.EntryTerm, request.EntryIndex);
            if (success && request.Commit >= request.EntryIndex)
            {
                news |= Commit();
            }

            if (news)
            {
                Signal();
            }

            return new AppendReply(_term, success);
        }
    }

    public VoteReply OnVote(VoteRequest request)
    {
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            var hearsLeader = Leader is not null && (Leader == Name ? HasQuorum(now) : now < _deadline);
            var fits = IsMember(request.Candidate) && !Latest.IsNewerThan(request.LastTerm, request.LastIndex);
            if (request.Pre)
            {
                return new VoteReply(_term, fits && !hearsLeader && request.Term > _term);
            }

            if (request.Term > _term && IsMember(request.Candidate))
            {
                AdvanceTerm(request.Term);
            }

            var granted = fits && request.Term == _term && (_votedFor is null || _votedFor == request.Candidate);
            if (granted)
            {
                _votedFor = request.Candidate;
                _deadline = now + Jitter(_electionTimeout);
                Save();
            }

            return new VoteReply(_term, granted);
        }
    }

    // ---- candidate ----

    /// <summary>Whether it is time to stand for election.</summary>
    public bool IsElectionDue()
    {
        lock (_lock)
        {
            return Leader != Name && _clock.GetUtcNow() >= _deadline;
        }
    }

    /// <summary>What to ask the others for; a real vote counts a new term and our own vote.</summary>
    public VoteRequest Stand(bool pre)
    {
        lock (_lock)
        {
            _deadline = _clock.GetUtcNow() + Jitter(IsInSync ? _electionTimeout : _electionTimeout / 5);
            if (Leader is not null)
            {
                Leader = null;
                Signal();
            }

            if (!pre)
            {
                _term++;
                _votedFor = Name;
                Save();
            }

            return new VoteRequest(pre ? _term + 1 : _term, Name, Latest.Term, Latest.Index, pre);
        }
    }

    /// <summary>Becomes leader if the votes suffice. A new leader writes an entry of its own term, which commits what it found.</summary>
    public bool Win(VoteRequest request, int votes)
    {
        lock (_lock)
        {
            if (request.Pre || request.Term != _term || Leader is not null || votes < Quorum || !Members.ContainsKey(Name))
            {
                return false;
            }

            Leader = Name;
            _match.Clear();
            _acknowledged.Clear();
            var now = _clock.GetUtcNow();
            foreach (var member in Members.Keys)
            {
                _acknowledged[member] = now;
            }

            Latest = new RaftEntry(_term, Latest.Index + 1, Latest.State);
            Save();
            CommitIfReplicated();
            Signal();
            return true;
        }
    }

    public bool HasMajority(int votes)
    {
        lock (_lock)
        {
            return votes >= Quorum;
        }
    }

    // ---- leader ----

    /// <returns>What to send; null when this member does not lead any more.</returns>
    public AppendRequest? NextAppend(string to)
    {
        lock (_lock)
        {
            if (Leader != Name)
            {
                return null;
            }

            var has = _match.TryGetValue(to, out var match) && Latest.Is(match.Term, match.Index);
            return new AppendRequest(_term, Name, Latest.Term, Latest.Index, Committed.Index, has ? null : Latest);
        }
    }

    public void OnAppendReply(string from, AppendRequest request, AppendReply reply, DateTimeOffset sentAt)
    {
        lock (_lock)
        {
            if (reply.Term > _term)
            {
                AdvanceTerm(reply.Term);
                return;
            }

            if (Leader != Name || request.Term != _term)
            {
                return;
            }

            _acknowledged[from] = sentAt;
            if (reply.Success)
            {
                _match[from] = (request.EntryTerm, request.EntryIndex);
                CommitIfReplicated();
            }
            else
            {
                _match.Remove(from);
            }
        }
    }

    /// <summary>Applies a command to the newest state.</summary>
    /// <returns>The index that must be committed for it to hold.</returns>
    /// <exception cref="RefusedException">The state machine refuses it.</exception>
    /// <exception cref="NoRaftLeaderException">This member does not lead.</exception>
    public long Append(Command command)
    {
        lock (_lock)
        {
            if (Leader != Name)
            {
                throw new NoRaftLeaderException("etcdserver: not leader");
            }

            var next = command.Apply(Latest.State);
            if (!ReferenceEquals(next, Latest.State))
            {
                Latest = new RaftEntry(_term, Latest.Index + 1, next);
                Save();
                CommitIfReplicated();
            }

            return Latest.Index;
        }
    }

    /// <summary>Leads and has heard from a majority within the election timeout.</summary>
    public bool LeadsQuorum()
    {
        lock (_lock)
        {
            return Leader == Name && HasQuorum(_clock.GetUtcNow());
        }
    }

    /// <summary>A leader that a majority no longer hears steps down.</summary>
    public void CheckQuorum()
    {
        lock (_lock)
        {
            if (Leader == Name && !HasQuorum(_clock.GetUtcNow()))
            {
                StepDown();
            }
        }
    }

    /// <summary>The member to hand leadership to: the one that has everything.</summary>
    public Member? Successor()
    {
        lock (_lock)
        {
            return Leader != Name ? null : Others.FirstOrDefault(m => _match.TryGetValue(m.Name, out var match) && Latest.Is(match.Term, match.Index));
        }
    }

    private bool HasQuorum(DateTimeOffset now) =>
        Members.Keys.Count(m => m == Name || (_acknowledged.TryGetValue(m, out var at) && now - at < _electionTimeout)) >= Quorum;

    private void CommitIfReplicated()
    {
        var copies = Members.Keys.Count(m => m == Name || (_match.TryGetValue(m, out var match) && Latest.Is(match.Term, match.Index)));
        if (Latest.Term == _term && copies >= Quorum && Commit())
        {
            Signal();
        }
    }

    private bool Commit()
    {
        var news = !IsInSync || !Committed.Is(Latest.Term, Latest.Index);
        Committed = Latest;
        IsInSync = true;
        return news;
    }

    private void AdvanceTerm(long term)
    {
        if (term > _term)
        {
            _term = term;
            _votedFor = null;
            Save();
            StepDown();
        }
    }

    private void StepDown()
    {
        if (Leader is not null)
        {
            Leader = null;
            _deadline = _clock.GetUtcNow() + Jitter(_electionTimeout);
            Signal();
        }
    }

    private void Save() => _storage?.Save(new RaftDisk(_term, _votedFor, Latest));

    private void Signal()
    {
        var done = _changed;
        _changed = NewSignal();
        done.TrySetResult();
    }

    private static TimeSpan Jitter(TimeSpan timeout) => timeout * (1 + Random.Shared.NextDouble());

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
