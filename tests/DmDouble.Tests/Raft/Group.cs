using System.Collections.Immutable;
using DmDouble.Raft;
using DmDouble.State;

namespace DmDouble.Tests.Raft;

/// <summary>Members of one group in this process, with a network that can be cut.</summary>
internal sealed class Group : IAsyncDisposable
{
    public static readonly TimeSpan ElectionTimeout = TimeSpan.FromSeconds(1);
    private readonly string? _directory;
    private readonly ClusterState _initial;
    private readonly Dictionary<string, RaftDriver> _drivers = [];
    private readonly HashSet<(string From, string To)> _cut = [];

    public Group(int size, string? directory = null)
    {
        _directory = directory;
        Names = [.. Enumerable.Range(1, size).Select(n => "m" + n)];
        _initial = new ClusterState { Members = Names.ToImmutableSortedDictionary(n => n, n => new Member(n, 1, "http://" + n, [])) };
        foreach (var name in Names)
        {
            Start(name);
        }
    }

    public IReadOnlyList<string> Names { get; }

    public RaftDriver this[string name] => _drivers[name];

    public RaftDriver? Leader
    {
        get
        {
            lock (_drivers)
            {
                return _drivers.Values.FirstOrDefault(d => d.Node.LeadsQuorum());
            }
        }
    }

    public void Start(string name)
    {
        var storage = _directory is null ? null : new RaftStorage(Path.Combine(_directory, name));
        var driver = new RaftDriver(new RaftNode(name, _initial, storage, ElectionTimeout, TimeProvider.System), new Network(this, name), ElectionTimeout / 10, TimeProvider.System);
        lock (_drivers)
        {
            _drivers[name] = driver;
        }

        driver.Start();
    }

    public async Task StopAsync(string name)
    {
        RaftDriver driver;
        lock (_drivers)
        {
            _ = _drivers.Remove(name, out driver!);
        }

        await driver.DisposeAsync();
    }

    /// <summary>Nothing goes from or to this member any more.</summary>
    public void Isolate(string name)
    {
        lock (_cut)
        {
            foreach (var other in Names.Where(n => n != name))
            {
                _cut.Add((name, other));
                _cut.Add((other, name));
            }
        }
    }

    public void Heal()
    {
        lock (_cut)
        {
            _cut.Clear();
        }
    }

    public async Task<RaftDriver> LeaderAsync()
    {
        RaftDriver? leader = null;
        await Until.TrueAsync(() => (leader = Leader) is not null, "a raft leader");
        return leader!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var driver in _drivers.Values)
        {
            await driver.DisposeAsync();
        }
    }

    private sealed class Network(Group group, string from) : IRaftTransport
    {
        public Task<AppendReply> AppendAsync(Member to, AppendRequest request, CancellationToken cancellation) => ReachAsync(to, d => Task.FromResult(d.Node.OnAppend(request)));

        public Task<VoteReply> VoteAsync(Member to, VoteRequest request, CancellationToken cancellation) => ReachAsync(to, d => Task.FromResult(d.Node.OnVote(request)));

        public Task<ProposeReply> ProposeAsync(Member to, ProposeRequest request, CancellationToken cancellation) => ReachAsync(to, d => d.ProposeHereAsync(request.Command, cancellation));

        public Task<LeaseReply> KeepLeaseAsync(Member to, LeaseRequest request, CancellationToken cancellation) => ReachAsync(to, d => Task.FromResult(new LeaseReply(d.KeepLeaseHere(request.Id))));

        public Task<ReadIndexReply> ReadIndexAsync(Member to, CancellationToken cancellation) => ReachAsync(to, d => Task.FromResult(new ReadIndexReply(d.ReadIndexHere())));

        public Task TimeoutNowAsync(Member to, CancellationToken cancellation) => ReachAsync(to, d =>
        {
            _ = d.TimeoutNowAsync();
            return Task.FromResult(true);
        });

        private async Task<T> ReachAsync<T>(Member to, Func<RaftDriver, Task<T>> call)
        {
            await Task.Yield();
            RaftDriver? driver;
            lock (group._drivers)
            {
                driver = group._drivers.GetValueOrDefault(to.Name);
            }

            if (driver is null || IsCut(from, to.Name))
            {
                throw new HttpRequestException("unreachable");
            }

            T answer;
            try
            {
                answer = await call(driver);
            }
            catch (NoRaftLeaderException e)
            {
                throw new HttpRequestException(e.Message);
            }

            return IsCut(to.Name, from) ? throw new HttpRequestException("the answer is lost") : answer;
        }

        private bool IsCut(string a, string b)
        {
            lock (group._cut)
            {
                return group._cut.Contains((a, b));
            }
        }
    }
}
