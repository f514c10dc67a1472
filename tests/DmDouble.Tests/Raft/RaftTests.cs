using DmDouble.Raft;
using DmDouble.State;
using TiupDmNet.TestSupport;

namespace DmDouble.Tests.Raft;

public class RaftTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_any_member_proposes_all_members_have()
    {
        await using var group = new Group(3);
        // A follower learns who leads from the first heartbeat.
        await Until.TrueAsync(() => group.Names.All(name => group[name].Node.Leader is not null), "a leader that everyone knows");

        foreach (var name in group.Names)
        {
            await group[name].ProposeAsync(new RegisterWorker("w-" + name, "h:1"), Cancellation);
            Assert.Contains("w-" + name, group[name].Node.State.Workers.Keys);
        }

        foreach (var name in group.Names)
        {
            Assert.Equal(["w-m1", "w-m2", "w-m3"], (await group[name].ReadPatientlyAsync(Cancellation)).Workers.Keys);
        }
    }

    [Fact]
    public async Task A_refusal_comes_back_to_the_member_that_asked()
    {
        await using var group = new Group(3);
        var leader = await group.LeaderAsync();
        var follower = group[group.Names.First(n => n != leader.Node.Name)];
        await Until.TrueAsync(() => follower.Node.Leader is not null, "a heartbeat");

        _ = await Assert.ThrowsAsync<RefusedException>(() => follower.ProposeAsync(new RemoveWorker("nobody"), Cancellation));
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_steps_down_and_loses_what_it_could_not_replicate()
    {
        await using var group = new Group(3);
        var old = await group.LeaderAsync();
        await old.ProposeAsync(new RegisterWorker("kept", "h:1"), Cancellation);

        group.Isolate(old.Node.Name);
        var lost = old.ProposeAsync(new RegisterWorker("lost", "h:1"), Cancellation);
        await Until.TrueAsync(() => group.Leader is { } other && other != old, "another leader");
        await group.Leader!.ProposeAsync(new RegisterWorker("new", "h:1"), Cancellation);
        Assert.False(old.Node.LeadsQuorum());
        _ = await Assert.ThrowsAsync<NoRaftLeaderException>(() => old.ReadAsync(Cancellation));

        group.Heal();
        await Until.TrueAsync(() => old.Node.State.Workers.ContainsKey("new"), "the old leader's catching up");
        Assert.Equal(["kept", "new"], old.Node.State.Workers.Keys);
        _ = await Assert.ThrowsAsync<NoRaftLeaderException>(() => lost);
    }

    [Fact]
    public async Task Without_a_majority_nothing_is_committed()
    {
        await using var group = new Group(3);
        var leader = await group.LeaderAsync();
        foreach (var name in group.Names.Where(n => n != leader.Node.Name))
        {
            await group.StopAsync(name);
        }

        await Until.TrueAsync(() => leader.Node.Leader is null, "the leader's stepping down");
        _ = await Assert.ThrowsAsync<NoRaftLeaderException>(() => leader.ProposeAsync(new RegisterWorker("w", "h:1"), Cancellation));
        Assert.Empty(leader.Node.State.Workers);
    }

    [Fact]
    public async Task A_member_keeps_its_record_over_a_restart()
    {
        using var directory = new TempDirectory();
        await using (var group = new Group(3, directory.Path))
        {
            await (await group.LeaderAsync()).ProposeAsync(new RegisterWorker("w", "h:1"), Cancellation);
        }

        await using var again = new Group(3, directory.Path);
        Assert.Contains("w", (await (await again.LeaderAsync()).ReadPatientlyAsync(Cancellation)).Workers.Keys);
    }

    [Fact]
    public async Task A_hand_over_leaves_hardly_a_moment_without_a_leader()
    {
        await using var group = new Group(3);
        var old = await group.LeaderAsync();
        await old.ProposeAsync(new RegisterWorker("w", "h:1"), Cancellation);
        await Until.TrueAsync(() => old.Node.Successor() is not null, "a successor");

        await old.HandOverAsync(Cancellation);

        await Until.TrueAsync(() => group.Leader is { } now && now != old, "the successor");
    }

    [Fact]
    public async Task A_member_that_was_removed_gets_no_vote()
    {
        await using var group = new Group(3);
        var leader = await group.LeaderAsync();
        var removed = group.Names.First(n => n != leader.Node.Name);
        await leader.ProposeAsync(new RemoveMember(removed), Cancellation);

        var vote = leader.Node.OnVote(new VoteRequest(leader.Node.Term + 1, removed, long.MaxValue, long.MaxValue, Pre: false));

        Assert.False(vote.Granted);
        Assert.True(leader.Node.IsLeader);
    }

    [Fact]
    public async Task A_lease_lives_while_it_is_kept_and_dies_when_it_is_not()
    {
        await using var group = new Group(3);
        var leader = await group.LeaderAsync();
        await leader.ProposeAsync(new GrantLease(new Lease("kept", 400)), Cancellation);
        await leader.ProposeAsync(new GrantLease(new Lease("left", 400)), Cancellation);

        await Until.TrueAsync(
            async () =>
            {
                Assert.True(await leader.KeepLeaseAsync("kept", Cancellation));
                return !leader.Node.State.Leases.ContainsKey("left");
            },
            "the end of a lease");

        Assert.False(await leader.KeepLeaseAsync("left", Cancellation));
    }

    /// <summary>Under cuts and restarts at random, no acknowledged write is ever lost, and there is one order for all.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Nothing_acknowledged_is_lost(int seed)
    {
        using var directory = new TempDirectory();
        await using var group = new Group(3, directory.Path);
        var random = new Random(seed);
        var acknowledged = new List<string>();
        for (var round = 0; round < 12; round++)
        {
            _ = await group.LeaderAsync();
            var victim = group.Names[random.Next(3)];
            if (random.Next(2) == 0)
            {
                group.Isolate(victim);
            }
            else
            {
                await group.StopAsync(victim);
                group.Start(victim);
            }

            for (var i = 0; i < 5; i++)
            {
                var name = $"w{round}-{i}";
                try
                {
                    using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
                    limit.CancelAfter(100);
                    await group[group.Names[random.Next(3)]].ProposeAsync(new RegisterWorker(name, "h:1"), limit.Token);
                    acknowledged.Add(name);
                }
                catch (Exception e) when (e is NoRaftLeaderException or OperationCanceledException && !Cancellation.IsCancellationRequested)
                {
                    // Nobody promised anything.
                    await Task.Delay(Group.ElectionTimeout / 5, Cancellation);
                }
            }

            group.Heal();
        }

        var states = new List<ClusterState>();
        await (await group.LeaderAsync()).ReadPatientlyAsync(Cancellation);
        foreach (var name in group.Names)
        {
            states.Add(await group[name].ReadPatientlyAsync(Cancellation));
        }

        Assert.NotEmpty(acknowledged);
        Assert.All(states, state => Assert.Empty(acknowledged.Except(state.Workers.Keys)));
    }
}
