using TiupDmNet.Clusters;
using TiupDmNet.Clusters.Topology;
using TiupDmNet.DataMigration;
using TiupDmNet.Packages;
using TiupDmNet.Rollout.Events;
using TiupDmNet.Rollout.Execution;
using TiupDmNet.Rollout.Gates;
using TiupDmNet.Rollout.Journal;
using TiupDmNet.Rollout.Planning;
using TiupDmNet.Rollout.Survey;
using TiupDmNet.Storage;

namespace TiupDmNet.Rollout;

/// <summary>One patch from request to outcome: prepare (look at everything, change nothing), confirm, execute.</summary>
public sealed class PatchSession : IAsyncDisposable
{
    private static readonly TimeSpan GatePatience = TimeSpan.FromSeconds(30);
    private readonly RolloutContext _context;
    private readonly PatchRequest _request;
    private readonly Cluster _cluster;
    private readonly IRolloutListener _listener;
    private readonly AdvisoryLock? _lock;
    private readonly ControlPlane _controlPlane;
    private readonly ClusterHosts _hosts;
    private readonly string _workDirectory;
    private Leftovers _leftovers = Leftovers.None;
    private IReadOnlySet<string> _toFinish = new HashSet<string>();
    private IReadOnlyList<NodeFacts> _facts = [];
    private PatchPlan? _plan;

    private PatchSession(RolloutContext context, PatchRequest request, Cluster cluster, ClusterHosts hosts, IRolloutListener listener, AdvisoryLock? taken)
    {
        _context = context;
        _request = request;
        _cluster = cluster;
        _listener = listener;
        _lock = taken;
        _controlPlane = new ControlPlane(cluster, context.Time);
        _hosts = hosts;
        _workDirectory = Path.Combine(cluster.Paths.DmPatch, "work", $"{Environment.ProcessId}");
    }

    /// <summary>What <see cref="ExecuteAsync"/> will do.</summary>
    public PatchPlan Plan => _plan ?? throw new InvalidOperationException("the session was not prepared");

    /// <summary>Checks the package, the hosts and the cluster, and plans. Changes nothing, but for lifting a bar from leading that a killed run left behind.</summary>
    /// <param name="context">Where and for whom.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="planOnly">True for <c>plan</c>: takes no lock.</param>
    /// <param name="listener">Hears what happens, from now on.</param>
    /// <param name="cancellation">Stops at once; there is nothing to undo.</param>
    /// <exception cref="RolloutException">Refused: the message lists everything that stands against it.</exception>
    /// <remarks>Exceptions of the rooms (ClusterException, PackageException, HostException, DmException) pass through; nothing has been changed then.</remarks>
    public static async Task<PatchSession> PrepareAsync(RolloutContext context, PatchRequest request, bool planOnly, IRolloutListener listener, CancellationToken cancellation)
    {
        var cluster = context.Clusters.Open(request.Cluster);
        if (cluster.ScaleOutInProgress && !request.Offline)
        {
            throw new RolloutException($"Scale-out file lock already exists: a scale-out of {cluster.Name} is half done; finish it, or patch its stopped nodes with --offline");
        }

        var hosts = new ClusterHosts(cluster, context);
        var taken = planOnly ? null : cluster.Lock(new LockOwner(context.Operator, context.Machine, Environment.ProcessId, context.Time.GetUtcNow(), string.Join(' ', request.CommandLine)));
        var session = new PatchSession(context, request, cluster, hosts, listener, taken);
        try
        {
            await session.PrepareAsync(planOnly, cancellation).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Does what the plan says. An expected failure is an outcome, not an exception.</summary>
    /// <param name="stop">First Ctrl-C: finish the node in hand, then stop.</param>
    /// <param name="abort">Second Ctrl-C: stop now; drains are still undone.</param>
    public async Task<PatchOutcome> ExecuteAsync(CancellationToken stop, CancellationToken abort)
    {
        if (Plan.IsNothingToDo)
        {
            return await FinishAsync(_listener, Outcomes.NothingToDo(Plan)).ConfigureAwait(false);
        }

        var journal = await RunJournal.BeginAsync(_cluster, _context, _request, Plan, _leftovers.InHand).ConfigureAwait(false);
        await using (journal.ConfigureAwait(false))
        {
            using var events = new EventStream(_context.Time, journal, _listener);
            var tools = new RunTools
            {
                Context = _context,
                Request = _request,
                Cluster = _cluster,
                Package = Plan.Package,
                Hosts = _hosts,
                ControlPlane = _controlPlane,
                Events = events,
            };
            var outcome = await new PatchRun(tools, Plan, _facts, _toFinish).RunAsync(stop, abort).ConfigureAwait(false);
            await events.PublishAsync(new RunFinished(outcome)).ConfigureAwait(false);
            return outcome;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync().ConfigureAwait(false);
        _controlPlane.Dispose();
        if (Directory.Exists(_workDirectory))
        {
            Directory.Delete(_workDirectory, recursive: true);
        }

        _lock?.Dispose();
    }

    private async Task PrepareAsync(bool planOnly, CancellationToken cancellation)
    {
        using var events = new EventStream(_context.Time, _listener);
        if (_lock?.TakenOverFrom is { } dead)
        {
            await events.PublishAsync(new Notice($"took over the lock of a run that died: {dead.User}@{dead.Host} (process {dead.ProcessId}) since {dead.Since:u}: {dead.Purpose}")).ConfigureAwait(false);
        }

        _leftovers = Leftovers.Of(_cluster);
        if (!planOnly)
        {
            await LiftForgottenBarsAsync(events, cancellation).ConfigureAwait(false);
        }

        var package = await PackagePreparation.PrepareAsync(_request, _cluster.Topology, _workDirectory, cancellation).ConfigureAwait(false);
        var nodes = Select(package);
        var hosts = await SurveyAsync(package, nodes, events, cancellation).ConfigureAwait(false);
        _facts = hosts.SelectMany(host => host.Nodes).ToList();
        _toFinish = ToFinish(package);
        var seen = IsKnownToDm(package) && !_request.Offline ? await PassGatesAsync(package, events, cancellation).ConfigureAwait(false) : null;
        _plan = new Planner(_request, _cluster, package, _leftovers.InHand).Plan(InTopologyOrder(hosts), seen);
    }

    private static bool IsKnownToDm(ComponentPackage package) => package.Component is "dm-master" or "dm-worker";

    private IReadOnlyList<Node> Select(ComponentPackage package)
    {
        var roles = _request.Roles.Count == 0 && _request.Nodes.Count == 0 ? [package.Component] : _request.Roles;
        var nodes = NodeSelector.Select(_cluster.Topology, _request.Nodes, roles);
        var others = nodes.Where(node => node.Component != package.Component).ToList();
        return others.Count == 0
            ? nodes
            : throw new RolloutException($"{_request.Package} holds {package.Component}, but {string.Join(", ", others.Select(node => $"{node.Id} is {node.Component}"))}");
    }

    private async Task<IReadOnlyList<HostFacts>> SurveyAsync(ComponentPackage package, IReadOnlyList<Node> nodes, EventStream events, CancellationToken cancellation)
    {
        using var width = new SemaphoreSlim(Math.Max(1, _context.Concurrency));
        var surveys = nodes.GroupBy(_hosts.AddressOf).Select(async group =>
        {
            await width.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                var host = await _hosts.ConnectAsync(group.Key, cancellation).ConfigureAwait(false);
                var facts = await new HostSurvey(host, _hosts.Scope, package, _cluster.Topology.Version).RunAsync([.. group], cancellation).ConfigureAwait(false);
                await events.PublishAsync(new HostChecked(group.Key.Host)).ConfigureAwait(false);
                return facts;
            }
            finally
            {
                width.Release();
            }
        }).ToList();
        return await AllOrEveryReasonAsync(surveys).ConfigureAwait(false);
    }

    // One dead host must not hide another: the operator gets all reasons at once.
    private static async Task<IReadOnlyList<HostFacts>> AllOrEveryReasonAsync(IReadOnlyList<Task<HostFacts>> surveys)
    {
        try
        {
            return await Task.WhenAll(surveys).ConfigureAwait(false);
        }
        catch (Hosts.HostException) when (surveys.Count(survey => survey.IsFaulted) > 1)
        {
            throw new RolloutException(string.Join('\n', surveys.Where(survey => survey.IsFaulted).Select(survey => survey.Exception!.InnerException!.Message)));
        }
    }

    private async Task<DmSnapshot> PassGatesAsync(ComponentPackage package, EventStream events, CancellationToken cancellation)
    {
        var rules = _controlPlane.Rules(_request, stopsMaster: package.Component == "dm-master", MembersInHand());
        try
        {
            var (seen, findings) = await _controlPlane.Gates.WaitAsync(rules, GatePatience, cancellation).ConfigureAwait(false);
            foreach (var finding in findings)
            {
                await events.PublishAsync(new GatePassed(finding.Gate, finding.Finding)).ConfigureAwait(false);
            }

            return seen.Whole!;
        }
        catch (GatesClosedException e)
        {
            throw new RolloutException($"{_cluster.Name} is not in a state to be patched: {e.Message}");
        }
    }

    // Only these may be down while others are looked at: the run brings them back before it touches anything else.
    private HashSet<string> ToFinish(ComponentPackage package) => _facts
        .Where(facts => _leftovers.InHand.Contains(facts.Node.Id) && facts.RunningSha256 != package.Executable.Sha256)
        .Select(facts => facts.Node.Id)
        .ToHashSet();

    private HashSet<string> MembersInHand() =>
        _cluster.Topology.Nodes.Where(node => _toFinish.Contains(node.Id)).Select(node => node.Name).ToHashSet();

    private async Task LiftForgottenBarsAsync(EventStream events, CancellationToken cancellation)
    {
        foreach (var node in _cluster.Topology.Nodes.Where(node => node.Component == "dm-master" && _leftovers.Evicted.Contains(node.Id)))
        {
            try
            {
                await _controlPlane.Api.CancelEvictAsync(_controlPlane.Master(node.Name), cancellation).ConfigureAwait(false);
                await events.PublishAsync(new Notice($"{node.Id} may lead again: an interrupted run had left it barred")).ConfigureAwait(false);
            }
            catch (DmException e)
            {
                await events.PublishAsync(new Notice($"could not lift the bar from leading that an interrupted run may have left on {node.Id}: {e.Message}")).ConfigureAwait(false);
            }
        }
    }

    private List<HostFacts> InTopologyOrder(IReadOnlyList<HostFacts> hosts)
    {
        var position = _cluster.Topology.Nodes.Select((node, index) => (node.Id, index)).ToDictionary(pair => pair.Id, pair => pair.index);
        return hosts.OrderBy(host => host.Nodes.Min(node => position[node.Node.Id])).ToList();
    }

    private async Task<PatchOutcome> FinishAsync(IRolloutListener listener, PatchOutcome outcome)
    {
        using var events = new EventStream(_context.Time, listener);
        await events.PublishAsync(new RunFinished(outcome)).ConfigureAwait(false);
        return outcome;
    }
}
