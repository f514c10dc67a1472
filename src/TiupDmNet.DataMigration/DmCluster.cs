using TiupDmNet.DataMigration.Http;
using TiupDmNet.DataMigration.Observation;
using TiupDmNet.DataMigration.Protocol;

namespace TiupDmNet.DataMigration;

/// <summary>
/// The control plane of one DM cluster over HTTP v1alpha1 (pingcap/tiflow dm/proto/dmmaster.proto). Reads ask every master
/// at once and take the first good answer.
/// </summary>
public sealed class DmCluster : IDisposable
{
    private readonly DmClusterSettings _settings;
    private readonly TimeProvider _time;
    private readonly DmHttp _http;
    private readonly DmCalls _calls;
    private readonly SnapshotReader _reader;
    private readonly MasterRace _race;

    public DmCluster(DmClusterSettings settings, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _http = new DmHttp(settings, time);
        _calls = new DmCalls(_http, settings.Limits);
        _reader = new SnapshotReader(_calls, time);
        _race = new MasterRace(settings.Masters, settings.Limits.Grace, time);
    }

    /// <summary>Members, bindings and tasks from whichever master answers first with a whole picture; else the best there is, with its <see cref="DmSnapshot.Problems"/>.</summary>
    /// <exception cref="DmException">No master gave a usable answer; the message says what each said.</exception>
    public Task<DmSnapshot> ObserveAsync(CancellationToken cancellation)
    {
        var turns = new Turns(_settings.Limits.Patience, _time);
        return _race.RunAsync((master, stop) => _reader.ReadAsync(master, turns, stop), snapshot => snapshot.Problems.Count, cancellation);
    }

    /// <summary>The same, as this master sees it and no other.</summary>
    /// <exception cref="DmException">This master gave no usable answer.</exception>
    public Task<DmSnapshot> ObserveThroughAsync(MasterEndpoint master, CancellationToken cancellation) =>
        _reader.ReadAsync(master, null, cancellation);

    /// <summary>Only leader, masters and workers (sources and subtasks are empty): cheap enough to poll every second.</summary>
    /// <exception cref="DmException">This master gave no usable answer.</exception>
    public Task<DmSnapshot> ObserveMembersThroughAsync(MasterEndpoint master, CancellationToken cancellation) =>
        _reader.ReadMembersAsync(master, cancellation);

    /// <summary><c>GET /status</c> and <c>GET /health</c> of a dm-master. An unhealthy one is an answer, not an exception.</summary>
    /// <exception cref="DmException">It did not answer, or something else than DM did.</exception>
    public Task<ProcessStatus> ProbeMasterAsync(MasterEndpoint master, CancellationToken cancellation) =>
        _calls.ProbeMasterAsync(master, cancellation);

    /// <summary><c>GET /status</c> of a dm-worker.</summary>
    /// <exception cref="DmException">It did not answer, or something else than DM did.</exception>
    public Task<ProcessStatus> ProbeWorkerAsync(string host, int port, CancellationToken cancellation) =>
        _calls.ProbeWorkerAsync(host, port, cancellation);

    /// <summary>
    /// Bars this master from leading, and makes it resign if it leads. The flag lives in its memory until <see cref="CancelEvictAsync"/>
    /// or its restart. It returns before anyone else leads. Doing it twice does no harm.
    /// </summary>
    /// <exception cref="DmException">It said no, or did not answer: then the flag may or may not be set, so cancel it.</exception>
    public Task EvictLeaderAsync(MasterEndpoint master, CancellationToken cancellation) =>
        _calls.OperateLeaderAsync(master, evict: true, cancellation);

    /// <summary>Lets this master lead again; also where it was not barred.</summary>
    /// <exception cref="DmException">It said no, or did not answer.</exception>
    public Task CancelEvictAsync(MasterEndpoint master, CancellationToken cancellation) =>
        _calls.OperateLeaderAsync(master, evict: false, cancellation);

    /// <summary>
    /// The status of every master and worker in TiUP's words. All masters are asked at once, each about itself and about the workers;
    /// nodes that are down make it take as long as the limit, not longer, and never make it fail.
    /// </summary>
    /// <param name="limit">For each call, TiUP's <c>--status-timeout</c>.</param>
    /// <param name="cancellation">Ends the calls.</param>
    public Task<DisplayStatus> GetDisplayStatusAsync(TimeSpan limit, CancellationToken cancellation) =>
        new DisplayReader(_calls, _settings.Masters, _race, limit).ReadAsync(cancellation);

    public void Dispose() => _http.Dispose();
}
