using DmDouble.State;
using DmDouble.Wire;

namespace DmDouble.Raft;

/// <summary>How a member reaches another one. Every method throws <see cref="HttpRequestException"/> when it does not.</summary>
internal interface IRaftTransport
{
    Task<AppendReply> AppendAsync(Member to, AppendRequest request, CancellationToken cancellation);

    Task<VoteReply> VoteAsync(Member to, VoteRequest request, CancellationToken cancellation);

    Task<ProposeReply> ProposeAsync(Member to, ProposeRequest request, CancellationToken cancellation);

    Task<LeaseReply> KeepLeaseAsync(Member to, LeaseRequest request, CancellationToken cancellation);

    Task<ReadIndexReply> ReadIndexAsync(Member to, CancellationToken cancellation);

    Task TimeoutNowAsync(Member to, CancellationToken cancellation);
}

/// <summary>Over the peer URLs.</summary>
internal sealed class HttpRaftTransport(InternalClient client) : IRaftTransport
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(7);

    public Task<AppendReply> AppendAsync(Member to, AppendRequest request, CancellationToken cancellation) =>
        client.CallAsync(to.PeerUrl, "/raft/append", request, RaftJson.Default.AppendRequest, RaftJson.Default.AppendReply, Short, cancellation);

    public Task<VoteReply> VoteAsync(Member to, VoteRequest request, CancellationToken cancellation) =>
        client.CallAsync(to.PeerUrl, "/raft/vote", request, RaftJson.Default.VoteRequest, RaftJson.Default.VoteReply, Short, cancellation);

    public Task<ProposeReply> ProposeAsync(Member to, ProposeRequest request, CancellationToken cancellation) =>
        client.CallAsync(to.PeerUrl, "/raft/propose", request, RaftJson.Default.ProposeRequest, RaftJson.Default.ProposeReply, Long, cancellation);

    public Task<LeaseReply> KeepLeaseAsync(Member to, LeaseRequest request, CancellationToken cancellation) =>
        client.CallAsync(to.PeerUrl, "/raft/keep-lease", request, RaftJson.Default.LeaseRequest, RaftJson.Default.LeaseReply, Short, cancellation);

    public Task<ReadIndexReply> ReadIndexAsync(Member to, CancellationToken cancellation) =>
        client.CallAsync(to.PeerUrl, "/raft/read-index", Empty.Value, RaftJson.Default.Empty, RaftJson.Default.ReadIndexReply, Short, cancellation);

    public Task TimeoutNowAsync(Member to, CancellationToken cancellation) =>
        client.CallAsync(to.PeerUrl, "/raft/timeout-now", Empty.Value, RaftJson.Default.Empty, RaftJson.Default.Empty, Short, cancellation);
}
