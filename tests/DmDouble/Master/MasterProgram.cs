using DmDouble.Processes;
using DmDouble.Raft;
using DmDouble.State;
using DmDouble.Tracing;
using DmDouble.Wire;

namespace DmDouble.Master;

/// <summary>dm-master from its command line to its exit code.</summary>
internal static class MasterProgram
{
    public static int? TryParse(IReadOnlyList<string> args, BuildStamp stamp, out Settings settings) =>
        DmProcess.TryParse(args, stamp, MasterOptions.Names, DmErrors.UnknownMasterOptions, out settings);

    public static Task<int> RunAsync(Settings settings, BuildStamp stamp) =>
        DmSurroundings.RunAsync(MasterOptions.Names.Program, settings, stamp, MasterOptions.From, ServeAsync);

    private static async Task<int> ServeAsync(MasterOptions options, DmSurroundings around)
    {
        var (stamp, knobs, log, trace, client, stop) = around;
        var electionTimeout = TimeSpan.FromMilliseconds(knobs.Now.RaftElectionMs);
        var storage = new RaftStorage(options.DataDir);
        if (options.Join is { Length: > 0 } join && storage.Load() is null)
        {
            if (await JoinAsync(options, join, client) is not { } initialCluster)
            {
                log.Error("fail to start dm-master", ("error", "[code=38040:class=dm-master:scope=internal:level=high], Message: fail to join embed etcd"));
                return 2;
            }

            options = options with { InitialCluster = initialCluster };
        }

        var node = new RaftNode(options.Name, options.InitialState(), storage, electionTimeout, TimeProvider.System);
        await using var raft = new RaftDriver(node, new HttpRaftTransport(client), electionTimeout / 10, TimeProvider.System);
        using var election = new Election(raft, options.Name, options.AdvertiseAddr, knobs, trace, log);
        var calls = new InternalCalls(options, raft, election, client);
        var api = new MasterApi(options, stamp, raft, election, client, calls, knobs, trace);
        var (public_, peer) = (HostPort.Parse(options.MasterAddr), HostPort.Parse(options.PeerUrl));
        await using var http = new HttpHost(options.Tls,
        [
            new HttpEndpoint(public_.Host, public_.Port, ClientCertificate: true, api.HandleAsync),
            new HttpEndpoint(peer.Host, peer.Port, ClientCertificate: true, calls.HandlePeerAsync),
        ]);
        try
        {
            await http.StartAsync();
        }
        catch (IOException e)
        {
            log.Error("fail to start dm-master", ("error", e.Message));
            return 2;
        }

        await Task.WhenAny(stop, Task.Delay(knobs.Now.StartDelayMs));
        if (stamp.Faults?.NeverJoin == true)
        {
            await stop;
            return 0;
        }

        raft.Start();
        if (!await PublishAsync(options, raft, TimeSpan.FromMilliseconds(knobs.Now.QuorumStartLimitMs), stop))
        {
            if (stop.IsCompleted)
            {
                return 0;
            }

            log.Error("fail to start dm-master", ("error", DmErrors.EtcdStartTimeout));
            return 2;
        }

        api.Ready.SetResult();
        log.Info("listening gRPC API and status request", ("address", options.MasterAddr));
        using var stopping = new CancellationTokenSource();
        var campaign = election.RunAsync(stopping.Token);
        var schedule = ScheduleAsync(raft, election, log, stopping.Token);

        await stop;
        // As DM: first the lease goes back, so a successor is elected at once; then etcd closes, and hands raft over.
        log.Info("receive signal, start to close");
        await stopping.CancelAsync();
        await Task.WhenAll(campaign, schedule);
        await election.ResignAsync(CancellationToken.None);
        await Task.Delay(knobs.Now.GracefulStopMs);
        await raft.HandOverAsync(CancellationToken.None);
        log.Info("dm-master closed");
        return 0;
    }

    /// <summary>A member is ready once it has its own attributes through raft, which takes a quorum.</summary>
    private static async Task<bool> PublishAsync(MasterOptions options, RaftDriver raft, TimeSpan limit, Task stop)
    {
        using var timer = new CancellationTokenSource(limit);
        var publish = new Publish(options.Name, [$"{options.ClientScheme}://{options.AdvertiseAddr}"]);
        while (!timer.IsCancellationRequested && !stop.IsCompleted)
        {
            try
            {
                await raft.ProposeAsync(publish, timer.Token);
                _ = await raft.ReadAsync(timer.Token);
                return true;
            }
            catch (Exception e) when (e is NoRaftLeaderException or RefusedException)
            {
                await Task.WhenAny(Task.Delay(20, CancellationToken.None), stop);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        return false;
    }

    private static async Task<string?> JoinAsync(MasterOptions options, string join, InternalClient client)
    {
        foreach (var endpoint in join.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                var request = new JoinRequest(options.Name, options.AdvertisePeerUrl);
                return (await client.CallAsync(
                    endpoint, "/etcd/join", request, InternalJson.Default.JoinRequest, InternalJson.Default.JoinReply, TimeSpan.FromSeconds(10), CancellationToken.None)).InitialCluster;
            }
            catch (HttpRequestException)
            {
                // The next one.
            }
        }

        return null;
    }

    private static async Task ScheduleAsync(RaftDriver raft, Election election, DmLog log, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var changed = raft.Node.Changed;
                try
                {
                    while (election.Phase == LeaderPhase.Serving && Scheduler.Next(raft.Node.State) is { } command)
                    {
                        log.Info("schedule", ("command", command.ToString()));
                        await raft.ProposeAsync(command, stop);
                    }
                }
                catch (Exception e) when (e is NoRaftLeaderException or RefusedException)
                {
                    log.Warn("schedule failed", ("error", e.Message));
                }

                // Becoming the leader is no change of the state.
                await Task.WhenAny(changed, Task.Delay(election.Phase == LeaderPhase.Follower ? 200 : 50, stop));
                stop.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
