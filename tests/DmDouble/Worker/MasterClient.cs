using DmDouble.Master;
using DmDouble.Raft;
using DmDouble.State;
using DmDouble.Wire;

namespace DmDouble.Worker;

/// <summary>A worker's calls to the masters: to whichever answers, the one that answered last first.</summary>
internal sealed class MasterClient(InternalClient client, IReadOnlyList<string> endpoints)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(3);
    private volatile int _last;

    /// <exception cref="HttpRequestException">No master gave an answer.</exception>
    public Task<RegisterReply> RegisterAsync(RegisterRequest request, CancellationToken cancellation) => AskAsync(endpoint =>
        client.CallAsync(endpoint, "/pb.Master/RegisterWorker", request, InternalJson.Default.RegisterRequest, InternalJson.Default.RegisterReply, s_limit, cancellation));

    /// <summary>Changes the shared state.</summary>
    /// <returns>Why it was refused, or null.</returns>
    public async Task<string?> ProposeAsync(Command command, CancellationToken cancellation) => (await AskAsync(endpoint =>
        client.CallAsync(endpoint, "/etcd/propose", new ProposeRequest(command), RaftJson.Default.ProposeRequest, RaftJson.Default.ProposeReply, s_limit, cancellation))).Refused;

    /// <returns>False when there is no such lease any more.</returns>
    public async Task<bool> KeepLeaseAsync(string lease, CancellationToken cancellation) => (await AskAsync(endpoint =>
        client.CallAsync(endpoint, "/etcd/keep-lease", new LeaseRequest(lease), RaftJson.Default.LeaseRequest, RaftJson.Default.LeaseReply, s_limit, cancellation))).Alive;

    /// <summary>Answers when the worker's orders are others than those it has seen, or after some seconds.</summary>
    public Task<WorkerView> WatchAsync(WatchRequest request, CancellationToken cancellation) => AskAsync(endpoint =>
        client.CallAsync(endpoint, "/etcd/watch", request, InternalJson.Default.WatchRequest, InternalJson.Default.WorkerView, TimeSpan.FromSeconds(10), cancellation));

    private async Task<T> AskAsync<T>(Func<string, Task<T>> ask)
    {
        HttpRequestException? last = null;
        for (var i = 0; i < endpoints.Count; i++)
        {
            var at = (_last + i) % endpoints.Count;
            try
            {
                var answer = await ask(endpoints[at]);
                _last = at;
                return answer;
            }
            catch (HttpRequestException e)
            {
                last = e;
            }
        }

        throw last!;
    }
}
